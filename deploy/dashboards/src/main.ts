// npm run dashboards: writes the files that Grafana reads.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { files, FOLDER } from './index.js';

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const [name, text] of files()) writeFileSync(path.join(FOLDER, name), text);
