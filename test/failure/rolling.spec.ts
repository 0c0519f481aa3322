import { beforeAll, expect, it } from 'vitest';
import { Api } from '../cluster/api.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { DOCUMENTS, startSeeded, WORD } from '../cluster/seed-documents.ts';
import { AvailabilityProbe } from '../cluster/availability-probe.ts';
import { until } from '../cluster/until.ts';

const lineOf = (id: string) => `${JSON.stringify({ id, title: 'Title', text: WORD })}\n`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSeeded({ shards: 2, replicas: 2, members: 4, frontends: 2, roots: 2, indexers: 2 });
  return () => cluster.stop();
});

/** Ends a process gracefully and waits until its successor is ready. */
async function roll(name: string): Promise<void> {
  const ended = cluster.signal(name, 'SIGTERM');
  await until(
    `${name} is ready again`,
    async () => cluster.isReplaced(name, ended) && (await fetch(`${cluster.process(name).url}/readyz`)).ok,
  );
}

it('fails, degrades and loses nothing when all processes restart in turn', async () => {
  const probe = new AvailabilityProbe(cluster.url, WORD, 'd0');
  for (const { name, role } of cluster.processes) if (role !== 'nats') await roll(name);
  await probe.stop();

  expect(probe.complaints).toEqual([]);
  expect(Object.keys(probe.succeeded)).toHaveLength(6);
  const all = DOCUMENTS + probe.written.length;
  await cluster.api.settled(all);
  expect((await cluster.api.search(WORD, { size: 1 })).total.value).toBe(all);
});

it('finishes an upload when its frontend receives SIGTERM', async () => {
  const lines = new TransformStream<Uint8Array, Uint8Array>();
  const writer = lines.writable.getWriter();
  const loaded = cluster.api.bulk(lines.readable);
  // A frontend stores 250 documents in one message, so the upload has begun when they are stored.
  for (let at = 0; at < 250; at++) await writer.write(Buffer.from(lineOf(`u${at}`)));
  await until('the upload has begun', async () => (await cluster.api.get('u0')).status === 200);
  const frontends = cluster.processes.filter(({ role }) => role === 'frontend');
  for (const { name } of frontends) cluster.signal(name, 'SIGTERM');
  await until('the frontend with the upload drains', async () => {
    const answers = frontends.map(({ url }) => new Api(url!).fetch<{ missing: object }>('/readyz'));
    const alive = (await Promise.allSettled(answers)).filter((answer) => answer.status === 'fulfilled');
    return alive.length === 1 && alive[0]!.value.status === 503 && 'process' in alive[0]!.value.body.missing;
  });
  await writer.write(Buffer.from(lineOf('last')));
  await writer.close();
  expect((await loaded).body).toEqual({ accepted: 251, rejected: 0, errors: [] });
});
