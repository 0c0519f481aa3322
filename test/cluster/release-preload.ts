/**
 * Makes a process another release than this one: `node --import release-preload.ts main.js` with `RELEASE={"written":2,…}` in the
 * environment. It runs the same code with other versions in it, and says a bit more in every message than this release knows.
 */
import { registerHooks } from 'node:module';
import type { Release } from './other-release.ts';

const { written, oldest, newest } = JSON.parse(process.env.RELEASE!) as Release;

registerHooks({
  load(url, context, load) {
    const loaded = load(url, context);
    if (!/\/(apps|libs)\/[^/]+\/dist\//.test(url)) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array)
      .toString()
      .replace('export const SCHEMA_VERSION = 1;', `export const SCHEMA_VERSION = ${written};`)
      .replace('{ oldest: 1, newest: 1 }', `{ oldest: ${oldest}, newest: ${newest} }`)
      .replaceAll('v: SCHEMA_VERSION', `v: SCHEMA_VERSION, addedLater: { by: ${written} }`);
    return { ...loaded, source };
  },
});
