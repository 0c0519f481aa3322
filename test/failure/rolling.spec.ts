import { beforeAll, expect, it } from 'vitest';
import { Api } from '../cluster/api.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { AvailabilityProbe } from '../cluster/availability-probe.ts';
import { until } from '../cluster/until.ts';

const DOCUMENTS = 200;
const WORD = 'steadfast';

const lineOf = (id: string) => `${JSON.stringify({ id, title: 'Title', text: WORD })}\n`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ shards: 2, replicas: 2, members: 4, frontends: 2, roots: 2, indexers: 2 });
  await cluster.api.bulk(Array.from({ length: DOCUMENTS }, (_, at) => lineOf(`d${at}`)).join(''));
  await cluster.api.settled(DOCUMENTS);
  return () => cluster.stop();
});

/** Asks a process to end, and waits until the one that is started in its place says that it is ready. */
async function roll(name: string): Promise<void> {
  const ended = cluster.signal(name, 'SIGTERM');
  await until(`${name} is ready again`, async () => {
    const now = cluster.processes.find((process) => process.name === name);
    return now?.url !== undefined && now.pid !== ended && (await fetch(`${now.url}/readyz`)).ok;
  });
}

it('every process restarts, one at a time, and no request fails, no answer is degraded, no write is lost', async () => {
  const client = new AvailabilityProbe(cluster.url, WORD, 'd0');
  for (const { name, role } of cluster.processes) if (role !== 'nats') await roll(name);
  await client.stop();

  expect(client.complaints).toEqual([]);
  expect(Object.keys(client.succeeded)).toHaveLength(6);
  const all = DOCUMENTS + client.written.length;
  await cluster.api.settled(all);
  expect((await cluster.api.search(WORD, { size: 1 })).total.value).toBe(all);
});

it('an upload under way is finished by a frontend that is told to end', async () => {
  const lines = new TransformStream<Uint8Array, Uint8Array>();
  const writer = lines.writable.getWriter();
  const loaded = cluster.api.bulk(lines.readable);
  // As many as a frontend stores in one message: it has surely begun when they are there.
  for (let at = 0; at < 250; at++) await writer.write(Buffer.from(lineOf(`u${at}`)));
  await until('it has begun', async () => (await cluster.api.get('u0')).status === 200);
  const frontends = cluster.processes.filter(({ role }) => role === 'frontend');
  for (const { name } of frontends) cluster.signal(name, 'SIGTERM');
  await until('the one that has it says that it is ending', async () => {
    const answers = frontends.map(({ url }) => new Api(url!).fetch<{ missing: object }>('/readyz'));
    const alive = (await Promise.allSettled(answers)).filter((answer) => answer.status === 'fulfilled');
    return alive.length === 1 && alive[0]!.value.status === 503 && 'process' in alive[0]!.value.body.missing;
  });
  await writer.write(Buffer.from(lineOf('last')));
  await writer.close();
  expect((await loaded).body).toEqual({ accepted: 251, rejected: 0, errors: [] });
});
