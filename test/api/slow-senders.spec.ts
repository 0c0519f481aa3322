import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import type { Problem } from '@shoal/contracts';
import { beforeAll, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { valueOf } from '../cluster/metrics.ts';
import { until } from '../cluster/until.ts';

const KEY = 'the-only-key-of-this-run';
/** apps/frontend/src/admission: writes that one frontend has under way at most. */
const WRITES = 256;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ env: { SHOAL_API_KEYS: KEY } });
  return () => cluster.stop();
});

/** Sends the head of a request and part of its body, then nothing. `answer` resolves when the server closes. */
async function stall(method: string, path: string, type: string, key: string, part: string) {
  const { hostname, port } = new URL(cluster.url);
  const socket = net.connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `${method} ${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\nx-api-key: ${key}\r\ncontent-type: ${type}\r\n` +
      `content-length: 100000\r\n\r\n${part}`,
  );
  return { socket, answer: () => text(socket) };
}
const stalledPut = (key: string) => stall('PUT', '/api/documents/slow', 'application/json', key, '{');

const put = (id: string) =>
  cluster.api.fetch(`/api/documents/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-api-key': KEY },
    body: '{"title":"Quick","text":"at once"}',
  });
const underWay = (traffic: string) =>
  valueOf(cluster.process('frontend-0'), 'shoal_admission_in_flight', { traffic });

it('admits no stalled write without a key', async () => {
  const unauthorized = await Promise.all(
    Array.from({ length: WRITES + 10 }, () => stalledPut('no-key-of-this-run')),
  );
  await Promise.all(unauthorized.map(({ socket }) => once(socket, 'readable')));
  expect(await underWay('write')).toBe(0);
  expect((await put('quick')).status).toBe(202);
  for (const { socket } of unauthorized) socket.destroy();
});

it('answers stalled bodies with 408 and frees their admission', async () => {
  const lines = ['{"id":"bulk-1","title":"Bulk","text":"kept"}', '{"id":"bulk-2"}', '{"id":"bulk-3","ti'];
  const type = 'application/x-ndjson';
  const upload = await stall('POST', '/api/documents', type, KEY, lines.join('\n'));
  const puts = await Promise.all(Array.from({ length: WRITES }, () => stalledPut(KEY)));
  await until('they fill the limit', async () => (await underWay('write')) === WRITES);
  expect((await put('another')).status).toBe(503);
  expect((await cluster.api.search('quick')).coverage.degraded).toBe(false);

  for (const answer of await Promise.all(puts.map(({ answer }) => answer()))) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*^content-type: application\/problem\+json/ims);
    expect(answer).toMatch(/did not come in time, nothing of it was stored/);
  }
  expect(await underWay('write')).toBe(0);
  expect((await put('another')).status).toBe(202);

  const [head = '', body = ''] = (await upload.answer()).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 408 /);
  expect((JSON.parse(body) as Problem).detail).toMatch(
    /^stored 1 documents and rejected 1, then nothing came for 30 s: send everything from line 3 on/,
  );
  expect(await underWay('bulk')).toBe(0);
  expect((await cluster.api.get('bulk-1')).status).toBe(200);
}, 90_000);
