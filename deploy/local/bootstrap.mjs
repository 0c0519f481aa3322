/**
 * Entry point of `npm start`, `npm test` and all other documented npm scripts. This file and bootstrap/ are plain JavaScript
 * without dependencies, because they run before anything is installed or built, on whatever Node the machine has.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildAll } from './bootstrap/build.mjs';
import { COMMANDS } from './bootstrap/commands.mjs';
import { findNatsServer } from './bootstrap/nats-server.mjs';
import { installPackages, ownNode } from './bootstrap/packages.mjs';
import { handOver, StartupError } from './bootstrap/run.mjs';

const OLDEST_NODE = 20;
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const startedAt = Date.now();
const say = (line) => console.error(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}`);

try {
  const [name, ...rest] = process.argv.slice(2);
  if (!Object.hasOwn(COMMANDS, name ?? '')) {
    const names = Object.keys(COMMANDS).join(', ');
    throw new StartupError(`there is no command "${name ?? ''}": give one of ${names}`);
  }
  const { run, needs = [], flags = [] } = COMMANDS[name];
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new StartupError(
      `Shoal needs Node ${OLDEST_NODE} or newer to begin with; this is ${process.versions.node}`,
    );
  }
  await installPackages(root, say);
  const env = { ...process.env, SHOAL_STARTED_AT: String(startedAt) };
  if (needs.includes('build')) await buildAll(root, say);
  if (needs.includes('nats')) env.NATS_SERVER = await findNatsServer(say);
  if (run) {
    const [file, ...args] = run;
    process.exitCode = await handOver(
      ownNode(root),
      [...flags, path.join(root, file), ...args, ...rest],
      env,
    );
  }
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
