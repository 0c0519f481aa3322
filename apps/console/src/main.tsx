import { render } from 'preact';
import { App } from './app.js';
import { followFaults } from './faults/fault-store.js';
import { followUrl } from './search/search-store.js';
import { connect, disconnectWhileHidden } from './shared/connection.js';
import { applyTheme } from './shared/theme.js';

applyTheme();
connect();
disconnectWhileHidden();
followUrl();
followFaults();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
