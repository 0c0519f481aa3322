import { randomBytes } from 'node:crypto';
import type { SearchAnswer } from '@shoal/contracts';
import { onTestFinished } from 'vitest';
import { keyHeader } from '../../../deploy/local/src/edge.ts';
import { Api } from '../../cluster/api.ts';
import { until } from '../../cluster/until.ts';
import { type WatcherName } from '../target.ts';
import { isTargetName, TARGETS } from '../targets.ts';

const name = process.env.SHOAL_TARGET ?? 'local';
if (!isTargetName(name)) throw new Error(`SHOAL_TARGET is "${name}"`);

/** What the suite is run on. */
export const target = await TARGETS[name]();
export const KEY = keyHeader(target.apiKey);
export const api = new Api(target.url, KEY);

/** Where one that watches is. Undefined when it is not deployed: what needs it is left out. */
export function watcherUrl(watcher: WatcherName): string | undefined {
  const found = target.watchers[watcher];
  return 'url' in found ? found.url : undefined;
}

/** One that no document has. */
export const freshWord = (): string => `zq${randomBytes(6).toString('hex')}`;

const AT_ONCE = 20;

/** Takes these documents away again when the test is over. */
export function deleteAfterwards(ids: readonly string[]): void {
  onTestFinished(async () => {
    for (let at = 0; at < ids.length; at += AT_ONCE)
      await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => api.delete(id)));
  });
}

/** Writes so many documents for the time of a test. @returns the word that they all have, once it finds them all */
export async function writeDocuments(count: number): Promise<string> {
  const word = freshWord();
  const ids = Array.from({ length: count }, (_, at) => `${word}-${at}`);
  deleteAfterwards(ids);
  await api.bulk(ids.map((id) => JSON.stringify({ id, title: id, text: word })).join('\n'));
  await until(
    `${count} documents are found`,
    async () => (await search(word)).total.value === count,
    SEARCHABLE_MS,
  );
  return word;
}

const SEARCHABLE_MS = 20_000;
/** Not what a client has by default: a machine that has just lost a process is busy with starting another one. */
const TIMEOUT_MS = 5_000;
let asked = 0;

/** With a profile, and with another time limit each time: no cache has an answer to it. */
export function search(word: string): Promise<SearchAnswer> {
  return api.search(word, { profile: 'true', size: 100, timeoutMs: TIMEOUT_MS + (asked++ % TIMEOUT_MS) });
}
