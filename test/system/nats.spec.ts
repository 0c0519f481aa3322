import { readFileSync } from 'node:fs';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { DOCS_STREAM, HEARTBEAT_TTL_MS, INTAKE_STREAM, MEMBERS_BUCKET } from '@shoal/contracts';
import { expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { connectAs } from '../support/nats-access.ts';
import { until } from '../support/until.ts';
import { type Seen, Visitors } from '../support/visitors.ts';

const WORD = 'steadfast';
const SEARCH_MS = 1_000;
/** What a frontend gives an answer beyond the time it has, and what this machine may be late with everything. */
const GRACE_MS = 1_500;
/** A write waits so long until it is stored (see docs/failure-model.md), and one that is confirmed 5 s more. */
const WRITE_MS = { 1: 5_000, 3: 10_000 };
const CONFIRMED_MS = 5_000;

async function start(nats: 1 | 3): Promise<{ cluster: Cluster; visitors: Visitors }> {
  const cluster = await startCluster({ nats, replicas: 2, members: 2, frontends: 2, roots: 2, indexers: 2 });
  onTestFinished(() => cluster.stop());
  const visitors = new Visitors(cluster.url, WORD, SEARCH_MS, `nats-${nats}`);
  await until('everybody is answered', () => visitors.countSince(0, 'confirmed write') > 5);
  return { cluster, visitors };
}

/** Each of these is answered in time, and with what the interface promises for such a case. */
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

/** No search missed a write that was confirmed before it; and every one that was acknowledged can be read, and found. */
async function expectNothingLost(
  cluster: Cluster,
  { acknowledged, attempted, hidden }: Visitors,
): Promise<void> {
  expect(hidden).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(0);
  await until('all that was acknowledged is found', async () => {
    const { total, coverage } = await cluster.api.search(WORD, { size: 1, timeoutMs: 5_000 });
    expect(total.value).toBeLessThanOrEqual(attempted);
    return !coverage.degraded && total.value >= acknowledged.length;
  });
  const lost: string[] = [];
  for (const id of acknowledged) if ((await cluster.api.get(id)).status !== 200) lost.push(id);
  expect(lost).toEqual([]);
}

/** In one line, as an assertion shows it: what came of it, and when it was. */
function tell({ kind, status, detail, began, ended }: Seen, kills: readonly { name: string; at: number }[]) {
  const last = kills.findLast(({ at }) => at < ended);
  const after = last ? `begun ${(began - last.at).toFixed()} ms after ${last.name} was killed` : 'before all';
  return `${kind}: ${status} ${detail} in ${(ended - began).toFixed()} ms, ${after}`;
}

/** What the processes count of messages that could not be answered, or not be sent again: the first question when a search has failed. */
async function refusalsIn(cluster: Cluster): Promise<string> {
  const asked = cluster.processes.filter(({ role }) => ['frontend', 'root', 'shard'].includes(role));
  const texts = await Promise.all(asked.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const counts = texts.join('\n').match(/^shoal_\w*(?:refused|retries)_total.* [1-9]\d*$/gm);
  return (counts ?? []).join('; ');
}

async function backAgain(cluster: Cluster, name: string): Promise<void> {
  const killed = cluster.signal(name, 'SIGKILL');
  await until(`${name} runs again`, () =>
    cluster.processes.some((process) => process.name === name && process.pid !== killed),
  );
}

it('the one nats-server is killed, then hangs: honest answers meanwhile, and no acknowledged write is lost', async () => {
  const { cluster, visitors } = await start(1);
  const answeredAgain = async (what: string) => {
    const since = performance.now();
    for (const kind of ['search', 'popular search', 'write', 'confirmed write'] as const)
      await until(`a ${kind} after ${what}`, () => visitors.countSince(since, kind) > 5);
  };
  await backAgain(cluster, 'nats-0');
  await answeredAgain('the restart');

  const hung = performance.now();
  cluster.signal('nats-0', 'SIGSTOP');
  try {
    await until('searches are refused', () =>
      visitors.seen.some(({ began, status }) => began > hung && status === 503),
    );
    await until('heartbeats are overdue', () => performance.now() - hung > HEARTBEAT_TTL_MS);
  } finally {
    cluster.signal('nats-0', 'SIGCONT');
  }
  await answeredAgain('the pause');
  await visitors.stop();
  expectHonest(visitors.seen, WRITE_MS[1]);
  await expectNothingLost(cluster, visitors);
});

/** Who is connected to a nats-server, by its own monitoring. */
async function clientsOf(cluster: Cluster, server: string): Promise<string[]> {
  const configuration = readFileSync(path.join(cluster.data, 'nats', `${server}.conf`), 'utf8');
  const [, monitor] = /http: "([^"]+)"/.exec(configuration)!;
  const answer = await fetch(`http://${monitor}/connz`, { signal: AbortSignal.timeout(1_000) });
  const { connections } = (await answer.json()) as { connections: { name?: string }[] };
  return connections.flatMap(({ name }) => name ?? []);
}

it('of three nats-servers one hangs: who was connected to it finds another one', async () => {
  const { cluster, visitors } = await start(3);
  const servers = ['nats-0', 'nats-1', 'nats-2'];
  const clients = await Promise.all(servers.map((server) => clientsOf(cluster, server)));
  const hung = clients.findIndex((names) => names.includes('frontend-0'));
  const others = servers.filter((_, server) => server !== hung);
  await cluster.whilePaused([servers[hung]!], async () => {
    await until('they are all connected elsewhere', async () => {
      const names = (await Promise.all(others.map((server) => clientsOf(cluster, server)))).flat();
      return clients[hung]!.every((name) => names.includes(name));
    });
    const since = performance.now();
    await until('searches are answered', () => visitors.countSince(since, 'search') > 50);
  });
  await visitors.stop();
  expectHonest(visitors.seen, WRITE_MS[3]);
  await expectNothingLost(cluster, visitors);
}, 90_000);

it('of three nats-servers any one is killed: no search fails, and writes go on after it', async () => {
  const { cluster, visitors } = await start(3);
  const operator = await connectAs(cluster, 'operator');
  onTestFinished(() => operator.close());
  const manager = await jetstreamManager(operator, { timeout: 1_000 });
  const streamsInfo = () => manager.streams.list().next();
  const isWhole = async () =>
    (await streamsInfo()).every(
      ({ cluster: group }) => group?.leader && group.replicas?.every(({ current }) => current),
    );
  /** Each member's last heartbeat that is stored is younger than that. */
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
    await backAgain(cluster, next);
    const since = performance.now();
    for (const kind of ['search', 'write'] as const)
      await until(`a ${kind} after ${next} was killed`, () => visitors.countSince(since, kind) > 5);
  }
  const since = performance.now();
  await until('writes are confirmed again', () => visitors.countSince(since, 'confirmed write') > 5);
  await visitors.stop();
  const failed = visitors.seen.filter(({ kind, good }) => kind.endsWith('search') && !good);
  const told = failed.map((one) => tell(one, kills));
  if (failed.length > 0) told.push(await refusalsIn(cluster));
  expect(told).toEqual([]);
  expectHonest(visitors.seen, WRITE_MS[3]);
  await expectNothingLost(cluster, visitors);
}, 90_000);
