/**
 * `npm start`, `npm test` and `npm run chaos` begin here. This file and bootstrap/ are plain JavaScript without dependencies, because
 * they run before anything is installed or built, on whatever Node the machine has.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll } from './bootstrap/build.mjs';
import { findNatsServer } from './bootstrap/nats-server.mjs';
import { installPackages, ownNode } from './bootstrap/packages.mjs';
import { handOver, Trouble } from './bootstrap/run.mjs';

const OLDEST_NODE = 20;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const targets = { start: 'deploy/local/dist/main.js', test: 'test/run.mjs', chaos: 'test/chaos/main.ts' };

const startedAt = Date.now();
const say = (line) => console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);

try {
  const [command, ...rest] = process.argv.slice(2);
  const target = targets[command];
  if (!target)
    throw new Trouble(`usage: node deploy/local/bootstrap.mjs ${Object.keys(targets).join('|')} [options]`);
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Trouble(
      `Shoal needs Node ${OLDEST_NODE} or newer to begin with; this is ${process.versions.node}`,
    );
  }
  await installPackages(root, say);
  await buildAll(root, say);
  const natsServer = await findNatsServer(say);
  const env = { ...process.env, NATS_SERVER: natsServer, SHOAL_STARTED_AT: String(startedAt) };
  process.exitCode = await handOver(
    ownNode(root),
    ['--max-semi-space-size=2', path.join(root, target), ...rest],
    env,
  );
} catch (error) {
  console.error(error instanceof Trouble ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
