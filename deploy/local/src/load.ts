import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { Corpus } from './corpus/corpus.js';
import type { DataFolder } from './data-folder.js';
import { keyHeader } from './edge.js';
import type { Progress } from './progress.js';
import { StartupError } from './startup-error.js';

/** Lines are put together up to this many bytes before they are written: a system call for each would be slow. */
const CHUNK_BYTES = 64 * 1024;
const SHOWN_ERRORS = 3;

/** `corpus.json`: what has been loaded completely. */
interface Loaded {
  loaded: { name: string; documents: number }[];
}

export function isLoaded(folder: DataFolder, corpus: Corpus): boolean {
  const known = folder.readJson('corpus.json') as Loaded | undefined;
  return known?.loaded.some(({ name }) => name === corpus.name) ?? false;
}

/** Remembers that a corpus is in, so that the next start does not load it again. */
export function rememberLoaded(folder: DataFolder, corpus: Corpus, documents: number): void {
  const known = (folder.readJson('corpus.json') as Loaded | undefined)?.loaded ?? [];
  folder.writeJson('corpus.json', { loaded: [...known, { name: corpus.name, documents }] } satisfies Loaded);
}

/**
 * Streams a corpus to `POST /api/documents`, as fast as the cluster accepts it.
 * @returns number of different documents that were accepted
 * @throws StartupError when the cluster does not accept them
 */
export async function load(
  corpus: Corpus,
  { url, apiKeys }: { url: string; apiKeys: string },
  progress: Progress,
  stopped: AbortSignal,
): Promise<number> {
  const request = http.request(`${url}/api/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', ...keyHeader(apiKeys) },
    // A frontend finishes its requests before it ends: ours must not keep it.
    signal: stopped,
  });
  const answered = once(request, 'response') as Promise<[http.IncomingMessage]>;
  // Awaited below, but only if the sending does not fail first.
  answered.catch(() => {});
  // An answer before the end is a rejection: it ends the sending, as a broken connection does, and is read after it.
  const rejected = new AbortController();
  request.on('response', () => rejected.abort());
  request.on('error', () => rejected.abort());
  try {
    const { ids, nameless } = await send(corpus, request, rejected.signal, progress);
    const [response] = await answered;
    const body = await text(response);
    if (response.statusCode !== 200)
      throw new StartupError(`loading ${corpus.name}: ${response.statusCode} ${body}`);
    // A line without an id was rejected, but is none of the ids either.
    return ids - (report(corpus, JSON.parse(body) as BulkAnswer, progress) - nameless);
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(`loading ${corpus.name} was cut off: ${(error as Error).message}`);
  }
}

interface BulkAnswer {
  accepted: number;
  rejected: number;
  errors: { line: number; detail: string }[];
}

/** @returns number of different ids that were sent, and number of lines without an id */
async function send(
  corpus: Corpus,
  request: http.ClientRequest,
  rejected: AbortSignal,
  progress: Progress,
): Promise<{ ids: number; nameless: number }> {
  const ids = new Set<string>();
  let nameless = 0;
  const startedAt = performance.now();
  let lines = 0;
  let bytes = 0;
  let chunk = '';
  for await (const { id, line } of corpus.read()) {
    if (rejected.aborted) break;
    if (id === undefined) nameless += 1;
    else ids.add(id);
    lines += 1;
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_BYTES) continue;
    bytes += Buffer.byteLength(chunk);
    if (!request.write(chunk)) await drained(request, rejected);
    chunk = '';
    const rate = Math.round(lines / ((performance.now() - startedAt) / 1000));
    const share = (corpus.unit === 'bytes' ? bytes : lines) / corpus.size;
    progress.show(share, `${lines.toLocaleString('en')} documents, ${rate.toLocaleString('en')} per second`);
  }
  request.end(chunk);
  return { ids: ids.size, nameless };
}

async function drained(request: http.ClientRequest, rejected: AbortSignal): Promise<void> {
  try {
    await once(request, 'drain', { signal: rejected });
  } catch (error) {
    if (!rejected.aborted) throw error;
  }
}

/** Shows what was rejected. @returns how many lines that were */
function report(corpus: Corpus, answer: BulkAnswer, progress: Progress): number {
  if (answer.accepted === 0) {
    throw new StartupError(
      `loading ${corpus.name}: no line was accepted: ${answer.errors[0]?.detail ?? 'the file is empty'}`,
    );
  }
  if (answer.rejected > 0)
    progress.say(`${answer.rejected} of ${answer.accepted + answer.rejected} lines were rejected:`);
  for (const { line, detail } of answer.errors.slice(0, SHOWN_ERRORS))
    progress.say(`  line ${line}: ${detail}`);
  return answer.rejected;
}
