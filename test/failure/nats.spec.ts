import { readFileSync } from 'node:fs';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { DOCS_STREAM, HEARTBEAT_TTL_MS, INTAKE_STREAM, MEMBERS_BUCKET } from '@shoal/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { connectAs } from '../cluster/nats-access.ts';
import { until } from '../cluster/until.ts';
import { type Seen, BackgroundClients } from '../cluster/background-clients.ts';

const WORD = 'steadfast';
const SEARCH_MS = 1_000;
/** Grace of a frontend beyond the time budget, and delays of a busy machine. */
const GRACE_MS = 1_500;
/** Maximum wait of a write until it is stored (docs/failure-model.md); a confirmed write waits 5 s more. */
const WRITE_MS = { 1: 5_000, 3: 10_000 };
const CONFIRMED_MS = 5_000;

async function start(nats: 1 | 3): Promise<{ cluster: Cluster; clients: BackgroundClients }> {
  const cluster = await startCluster({ nats, replicas: 2, members: 2, frontends: 2, roots: 2, indexers: 2 });
  onTestFinished(() => cluster.stop());
  const clients = new BackgroundClients(cluster.url, WORD, SEARCH_MS, `nats-${nats}`);
  await until('all clients are answered', () => clients.countSince(0, 'confirmed write') > 5);
  return { cluster, clients };
}

/** Expects responses in time, with the statuses and advice that the interface promises. */
function expectHonest(seen: readonly Seen[], writeMs: number): void {
  const limits = {
    search: SEARCH_MS,
    'popular search': SEARCH_MS,
    write: writeMs,
    'confirmed write': writeMs + CONFIRMED_MS,
  };
  const late = seen.filter(({ kind, began, ended }) => ended - began > limits[kind] + GRACE_MS);
  expect(late).toEqual([]);
  const allowed = new Set([200, 202, 503, 504]);
  expect(seen.filter(({ status }) => !allowed.has(status))).toEqual([]);
  const unclear = seen.filter(
    ({ status, detail, retryAfter }) => status === 503 && !(retryAfter && /again/.test(detail)),
  );
  expect(unclear).toEqual([]);
}

/** Expects that no search missed a confirmed write, and that acknowledged writes are read and found. */
async function expectNothingLost(
  cluster: Cluster,
  { acknowledged, attempted, hidden }: BackgroundClients,
): Promise<void> {
  expect(hidden).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(0);
  await until('all acknowledged documents are found', async () => {
    const { total, coverage } = await cluster.api.search(WORD, { size: 1, timeoutMs: 5_000 });
    expect(total.value).toBeLessThanOrEqual(attempted);
    return !coverage.degraded && total.value >= acknowledged.length;
  });
  const lost: string[] = [];
  for (const id of acknowledged) if ((await cluster.api.get(id)).status !== 200) lost.push(id);
  expect(lost).toEqual([]);
}

/** Describes a request in one line of an assertion. */
function describeRequest(
  { kind, status, detail, began, ended }: Seen,
  kills: readonly { name: string; at: number }[],
) {
  const last = kills.findLast(({ at }) => at < ended);
  const after = last ? `begun ${(began - last.at).toFixed()} ms after ${last.name} was killed` : 'before all';
  return `${kind}: ${status} ${detail} in ${(ended - began).toFixed()} ms, ${after}`;
}

/** Returns the counters of rejections and retries, which explain a failed search. */
async function rejectionsIn(cluster: Cluster): Promise<string> {
  const asked = cluster.processes.filter(({ role }) => ['frontend', 'root', 'shard'].includes(role));
  const texts = await Promise.all(asked.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const counts = texts.join('\n').match(/^shoal_\w*(?:rejected|rejected|retries)_total.* [1-9]\d*$/gm);
  return (counts ?? []).join('; ');
}

it('loses no acknowledged write when the only nats-server is killed, then hangs', async () => {
  const { cluster, clients } = await start(1);
  const answeredAgain = async (what: string) => {
    const since = performance.now();
    for (const kind of ['search', 'popular search', 'write', 'confirmed write'] as const)
      await until(`a ${kind} after ${what}`, () => clients.countSince(since, kind) > 5);
  };
  await cluster.restarted('nats-0');
  await answeredAgain('the restart');

  const hung = performance.now();
  await cluster.whilePaused(['nats-0'], async () => {
    await until('searches are rejected', () =>
      clients.seen.some(({ began, status }) => began > hung && status === 503),
    );
    await until('heartbeats are overdue', () => performance.now() - hung > HEARTBEAT_TTL_MS);
  });
  await answeredAgain('the pause');
  await clients.stop();
  expectHonest(clients.seen, WRITE_MS[1]);
  await expectNothingLost(cluster, clients);
});

/** Returns the names of the clients of a nats-server, from its monitoring. */
async function clientsOf(cluster: Cluster, server: string): Promise<string[]> {
  const configuration = readFileSync(path.join(cluster.data, 'nats', `${server}.conf`), 'utf8');
  const [, monitor] = /http: "([^"]+)"/.exec(configuration)!;
  const answer = await fetch(`http://${monitor}/connz`, { signal: AbortSignal.timeout(1_000) });
  const { connections } = (await answer.json()) as { connections: { name?: string }[] };
  return connections.flatMap(({ name }) => name ?? []);
}

it('answers searches when one of three nats-servers hangs', async () => {
  const { cluster, clients } = await start(3);
  const servers = ['nats-0', 'nats-1', 'nats-2'];
  const connected = await Promise.all(servers.map((server) => clientsOf(cluster, server)));
  const hung = connected.findIndex((names) => names.includes('frontend-0'));
  const others = servers.filter((_, server) => server !== hung);
  await cluster.whilePaused([servers[hung]!], async () => {
    await until('its clients are connected elsewhere', async () => {
      const names = (await Promise.all(others.map((server) => clientsOf(cluster, server)))).flat();
      return connected[hung]!.every((name) => names.includes(name));
    });
    const since = performance.now();
    await until('searches are answered', () => clients.countSince(since, 'search') > 50);
  });
  await clients.stop();
  expectHonest(clients.seen, WRITE_MS[3]);
  await expectNothingLost(cluster, clients);
}, 90_000);

it('fails no search when each of three nats-servers is killed', async () => {
  const { cluster, clients } = await start(3);
  const operator = await connectAs(cluster, 'operator');
  onTestFinished(() => operator.close());
  const manager = await jetstreamManager(operator, { timeout: 1_000 });
  const streamsInfo = () => manager.streams.list().next();
  const isWhole = async () =>
    (await streamsInfo()).every(
      ({ cluster: group }) => group?.leader && group.replicas?.every(({ current }) => current),
    );
  /** Whether the stored heartbeat of each member is newer than this. */
  const areHeard = async (since: number) => {
    const keys = ['shard-0', 'shard-1'].map((member) => `$KV.${MEMBERS_BUCKET}.${member}`);
    const beats = await Promise.all(
      keys.map((key) => manager.streams.getMessage(`KV_${MEMBERS_BUCKET}`, { last_by_subj: key })),
    );
    return beats.every((beat) => beat && beat.time.getTime() > since);
  };
  const leaderOf = async (stream: string) => (await manager.streams.info(stream)).cluster?.leader;

  const left = new Set(['nats-0', 'nats-1', 'nats-2']);
  let killedAt = 0;
  const kills: { name: string; at: number }[] = [];
  while (left.size > 0) {
    await until('every stream has all its copies', isWhole);
    await until('heartbeats are stored', () => areHeard(killedAt));
    const leaders = await Promise.all([INTAKE_STREAM, `KV_${MEMBERS_BUCKET}`, DOCS_STREAM].map(leaderOf));
    const next = [...leaders, ...left].find((name) => left.has(name!))!;
    left.delete(next);
    killedAt = Date.now();
    kills.push({ name: next, at: performance.now() });
    await cluster.restarted(next);
    const since = performance.now();
    for (const kind of ['search', 'write'] as const)
      await until(`a ${kind} after ${next} was killed`, () => clients.countSince(since, kind) > 5);
  }
  const since = performance.now();
  await until('writes are confirmed again', () => clients.countSince(since, 'confirmed write') > 5);
  await clients.stop();
  const failed = clients.seen.filter(({ kind, good }) => kind.endsWith('search') && !good);
  const explained = failed.map((one) => describeRequest(one, kills));
  if (failed.length > 0) explained.push(await rejectionsIn(cluster));
  expect(explained).toEqual([]);
  expectHonest(clients.seen, WRITE_MS[3]);
  await expectNothingLost(cluster, clients);
}, 90_000);
