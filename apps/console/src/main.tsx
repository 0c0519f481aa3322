import { render } from 'preact';
import { App } from './app.js';
import { connect, restWhileHidden } from './connection.js';
import { followUrl } from './search/search-store.js';
import { applyTheme } from './theme.js';

applyTheme();
connect();
restWhileHidden();
followUrl();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
