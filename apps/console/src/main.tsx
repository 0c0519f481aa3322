import { render } from 'preact';
import { App } from './app.js';
import { connect, restWhileHidden } from './connection.js';
import { followFaults } from './faults/fault-store.js';
import { followUrl } from './search/search-store.js';
import { applyTheme } from './theme.js';

applyTheme();
connect();
restWhileHidden();
followUrl();
followFaults();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
