/** Builds what changed: TypeScript by its own bookkeeping, the console and the bundles by a hash of what goes into them. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ownNode } from './packages.mjs';
import { runQuietly } from './run.mjs';

/** @throws StartupError with the compiler's messages */
export async function buildAll(root, say) {
  say('building ...');
  const env = { ...process.env, PATH: [path.dirname(ownNode(root)), process.env.PATH].join(path.delimiter) };
  await runQuietly(ownNode(root), [path.join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
    cwd: root,
    env,
  });
  await buildConsole(root, env, say);
  await bundleApps(root, env, say);
}

/** Apps that a local cluster starts. */
const BUNDLED = ['frontend', 'root', 'shard', 'indexer', 'nats-adapter'];

/** Bundles the apps whose sources changed. A shared lib or the lock file changes all of them. */
async function bundleApps(root, env, say) {
  const shared = hashOf([
    path.join(root, 'libs'),
    path.join(root, 'deploy/local/src/bundle.ts'),
    path.join(root, 'package-lock.json'),
  ]);
  const apps = path.join(root, 'apps');
  const outdated = BUNDLED.map((name) => ({
    name,
    stamp: path.join(apps, name, 'dist/.bundled'),
    inputs: `${shared} ${hashOf([path.join(apps, name)])}`,
  })).filter(({ stamp, inputs }) => !existsSync(stamp) || readFileSync(stamp, 'utf8') !== inputs);
  if (outdated.length === 0) return;
  say(`bundling ${outdated.map(({ name }) => name).join(', ')} ...`);
  const script = path.join(root, 'deploy/local/dist/bundle.js');
  await runQuietly(ownNode(root), [script, apps, ...outdated.map(({ name }) => name)], { cwd: root, env });
  for (const { stamp, inputs } of outdated) writeFileSync(stamp, inputs);
}

async function buildConsole(root, env, say) {
  const folder = path.join(root, 'apps/console');
  if (!existsSync(path.join(folder, 'package.json'))) return;
  const stamp = path.join(folder, 'dist/.inputs');
  const inputs = hashOf([
    folder,
    // Sources of the page outside its folder: types, and the analyser that marks words.
    path.join(root, 'libs/contracts/src'),
    path.join(root, 'libs/bm25-index/src'),
    path.join(root, 'package-lock.json'),
  ]);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs) return;
  say('building the console ...');
  const script = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).scripts.build;
  const bin = path.join(root, 'node_modules/.bin');
  await runQuietly('sh', ['-c', script], {
    cwd: folder,
    env: { ...env, PATH: bin + path.delimiter + env.PATH },
  });
  writeFileSync(stamp, inputs);
}

/** One hash over names and contents of all files in these places, in a fixed order; what is built does not count. */
export function hashOf(places) {
  const hash = createHash('sha256');
  for (const place of places)
    for (const file of filesOf(place)) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function filesOf(place) {
  if (statSync(place).isFile()) return [place];
  return readdirSync(place)
    .filter((name) => name !== 'node_modules' && name !== 'dist' && !name.endsWith('.tsbuildinfo'))
    .toSorted()
    .flatMap((name) => filesOf(path.join(place, name)));
}
