import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { loadOnce } from './load.js';

const COUNT = 30;
const IDS = Array.from({ length: COUNT }, (_, at) => `d${at}`);

let documents: Map<string, string>;
let loads: number;
let corpus: string;
let url: string;
let status: number;
beforeEach(async () => {
  documents = new Map();
  loads = 0;
  status = 200;
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-load-'));
  corpus = path.join(folder, 'corpus.jsonl');
  writeFileSync(corpus, IDS.map((id) => JSON.stringify({ id, title: id, text: 'as it was' })).join('\n'));
  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    vi.restoreAllMocks();
    server.close();
    rmSync(folder, { recursive: true });
  });
});

/** Responds like a cluster of one shard with one replica. */
async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (code: number, body: object) => response.writeHead(code).end(JSON.stringify(body));
  if (request.url === '/api/cluster') {
    const replicas = [{ member: 'shard-0', state: 'ready', documents: documents.size }];
    const shards = [{ documents: documents.size, replicas }];
    send(200, { leader: 'indexer-0', epoch: 1, documents: documents.size, shards });
  } else if (request.method === 'POST') {
    loads += 1;
    const lines = (await text(request)).trim().split('\n');
    for (const line of lines) documents.set((JSON.parse(line) as { id: string }).id, 'as it was');
    send(200, { accepted: lines.length, rejected: 0, errors: [] });
  } else {
    const id = request.url!.split('/').at(-1)!;
    send(status === 200 && !documents.has(id) ? 404 : status, {});
  }
}

const loadNow = () => loadOnce({ url, apiKeys: '', corpus, replicas: 1 });

it('loads a corpus into an empty cluster', async () => {
  await loadNow();
  expect([loads, documents.size]).toEqual([1, COUNT]);
});

it('keeps changes and deletions when the loader runs again', async () => {
  await loadNow();
  documents.set('d1', 'changed');
  for (const id of ['d0', 'd28', 'd29']) documents.delete(id);
  await loadNow();
  expect(loads).toBe(1);
  expect(documents.get('d1')).toBe('changed');
  expect(documents.has('d0')).toBe(false);
});

it('repeats an interrupted load, also beside other documents', async () => {
  documents = new Map(['mine', ...IDS.slice(0, 5)].map((id) => [id, 'as it was']));
  await loadNow();
  expect([loads, documents.size]).toEqual([1, COUNT + 1]);
});

it('loads nothing while the cluster cannot return documents', async () => {
  status = 503;
  await expect(loadNow()).rejects.toThrow(
    /cannot check whether .* is loaded: GET of document d10 returned 503$/,
  );
  expect(loads).toBe(0);
});
