/** The locked packages, our own Node among them. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runQuietly, StartupError } from './run.mjs';

/** Node 24 from the npm package `node`: everything but this bootstrap runs on it. */
export const ownNode = (root) => path.join(root, 'node_modules/node/bin/node');

/**
 * Installs the packages of package-lock.json, unless node_modules was made from it already.
 * @throws StartupError when npm fails
 */
export async function installPackages(root, say) {
  if (!isInstalled(root)) {
    say('installing packages ...');
    // Under npm the first `node` on the PATH may be the one in node_modules, which is about to be replaced.
    const [command, ...npm] = process.env.npm_execpath
      ? [process.env.npm_node_execpath ?? process.execPath, process.env.npm_execpath]
      : ['npm'];
    await runQuietly(command, [...npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
    say('packages installed');
  }
  if (!existsSync(ownNode(root))) {
    throw new StartupError(
      'node_modules/node has no binary: npm was told to skip install scripts; run "npm rebuild node"',
    );
  }
}

/**
 * npm leaves node_modules/.package-lock.json as the last act of an install: what is really there. Packages for other
 * platforms are in our lock but not there.
 */
export function isInstalled(root) {
  const wanted = readLock(path.join(root, 'package-lock.json'));
  const present = readLock(path.join(root, 'node_modules/.package-lock.json'));
  if (!wanted)
    throw new StartupError(
      'package-lock.json is missing or broken: get it back with "git checkout package-lock.json"',
    );
  if (!present) return false;
  return Object.entries(wanted.packages)
    .filter(([place, entry]) => place.startsWith('node_modules/') && !entry.optional && !entry.devOptional)
    .every(([place, entry]) => {
      const found = present.packages[place];
      return found && found.version === entry.version && found.integrity === entry.integrity;
    });
}

function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
