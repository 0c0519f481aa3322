import { render } from 'preact';
import { App } from './app.js';
import { connect } from './connection.js';
import { followUrl } from './search/search-store.js';
import { applyTheme } from './theme.js';

applyTheme();
connect();
followUrl();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
