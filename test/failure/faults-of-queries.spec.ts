import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterProcess } from '../cluster/running-cluster.ts';
import { withFaults } from '../cluster/faults.ts';
import { HttpClient, type Reply } from '../cluster/http-client.ts';
import { valueOf } from '../cluster/metrics.ts';
import { incompleteOf, searchOften, startSteadfast } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSteadfast({ shards: 2, replicas: 2, roots: 2 });
  return () => cluster.stop();
});

/** How much a number of all processes of a kind grows while something is done. */
async function growth(
  role: ClusterProcess['role'],
  metric: string,
  task: () => Promise<unknown>,
): Promise<number> {
  const processes = cluster.processes.filter((process) => process.role === role);
  const sum = async () =>
    (await Promise.all(processes.map((process) => valueOf(process, metric)))).reduce((a, b) => a + b);
  const before = await sum();
  await task();
  return (await sum()) - before;
}

const median = (answers: SearchAnswer[]) =>
  answers.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[answers.length >> 1]!;

/** @returns of 40 searches, the share that met the slow replica of a shard */
async function slowShare(): Promise<number> {
  const { shards } = await cluster.api.cluster();
  const slow = shards.map(({ replicas }) => replicas[0]?.member);
  const answers = await searchOften(cluster, 40);
  const met = answers.filter(({ profile }) =>
    profile?.shards.some(({ replica }) => slow.includes(replica ?? '')),
  );
  return met.length / answers.length;
}

describe('slow-replica and one-choice', () => {
  it('send most searches to a slow replica; power of two choices leaves it alone', async () => {
    // Without hedges, which would rescue some in either case.
    const damage = await withFaults(cluster, ['hedging-off', 'slow-replica', 'one-choice'], slowShare);
    // Each of two shards is asked at random: three out of four.
    expect(damage).toBeGreaterThan(0.5);
    await withFaults(cluster, ['hedging-off', 'slow-replica'], () =>
      // Of a machine that stands still for a moment the quick replica seems the slower one, until that has faded.
      until('most searches leave it alone', async () => (await slowShare()) < 0.25),
    );
  });

  it('make searches slow; with both replicas well it does not matter which one is asked', async () => {
    const ask = () => searchOften(cluster, 20);
    const damage = await withFaults(cluster, ['slow-replica', 'one-choice'], ask);
    const cure = await withFaults(cluster, ['one-choice'], ask);
    expect(median(damage)).toBeGreaterThan(5 * median(cure));
  });
});

describe('lost-replies and hedging-off', () => {
  it('cost answers a shard, or all of them; hedges rescue nearly all of these answers', async () => {
    const ask = () => incompleteOf(cluster, 200, 300);
    const damage = await withFaults(cluster, ['lost-replies', 'hedging-off'], ask);
    const cure = await withFaults(cluster, ['lost-replies'], ask);
    // Of 400 replies ten are lost, some of them of the same answer.
    expect(damage).toBeGreaterThan(3);
    expect(cure).toBeLessThan(damage / 2);
  });
});

describe('retries-without-budget', () => {
  it('multiplies the work of a slow day; with budgets it hardly grows', async () => {
    const work = () =>
      growth('shard', 'shoal_shard_queue_duration_seconds_count', () => searchOften(cluster, 60));
    const slow = ['slow-replica', 'one-choice'] as const;
    // What was saved up for a bad moment is soon spent.
    const cure = await withFaults(cluster, [...slow], async () => {
      await searchOften(cluster, 60);
      return work();
    });
    const damage = await withFaults(cluster, [...slow, 'retries-without-budget'], work);
    expect(damage).toBeGreaterThan(1.4 * cure);
  });
});

describe('deadlines-off', () => {
  it('lets shards work for nobody; with deadlines they drop what has expired', async () => {
    // A slow replica has a query for longer than the whole of its time.
    const late = ['slow-replica', 'one-choice', 'hedging-off'] as const;
    const dropped = () => growth('shard', 'shoal_shard_expired_total', () => incompleteOf(cluster, 30, 60));
    const damage = await withFaults(cluster, [...late, 'deadlines-off'], dropped);
    const cure = await withFaults(cluster, [...late], dropped);
    expect(damage).toBe(0);
    expect(cure).toBeGreaterThan(10);
  });
});

/** Does something while nobody answers for one of the two shards. */
async function withoutAShard<T>(task: () => Promise<T>): Promise<T> {
  const { shards } = await cluster.api.cluster();
  const members = shards[1]!.replicas.map(({ member }) => member);
  const result = await cluster.whilePaused(members, task);
  await until('all is searched again', async () => (await incompleteOf(cluster, 1, 1_000)) === 0);
  return result;
}

/** @returns how often the roots were asked for a hundred equal searches */
function crowd(): Promise<number> {
  const path = '/api/search?q=steadfast+stampede&timeoutMs=300';
  // A shard that is silent keeps the first search under way until all others have come.
  return withoutAShard(() =>
    growth('root', 'shoal_root_request_duration_seconds_count', () =>
      Promise.all(Array.from({ length: 100 }, () => cluster.api.fetch(path))),
    ),
  );
}

describe('no-single-flight', () => {
  it('asks the roots for each of many equal searches; with one flight per question for one', async () => {
    const damage = await withFaults(cluster, ['no-single-flight'], crowd);
    const cure = await crowd();
    expect(damage).toBeGreaterThan(10 * cure);
  });
});

/** What a frontend admits at first is a third of this. */
const FLOOD = 400;
const FLOOD_TIMEOUT_MS = 2_000;

/**
 * Everybody asks at once what cannot be answered in time, since a shard is silent.
 * @returns how many were sent away at the edge, and within which time half of all had heard anything
 */
async function flood(): Promise<{ shed: number; medianMs: number }> {
  const clients = Array.from({ length: FLOOD }, () => new HttpClient(cluster.url));
  const get = (path: (at: number) => string) =>
    Promise.all(clients.map((client, at) => timed((done) => client.get(path(at), done))));
  // So that all have a connection.
  await get(() => '/api/faults');
  let times: number[] = [];
  const shed = await growth('frontend', 'shoal_admission_shed_total', async () => {
    times = await withoutAShard(() =>
      get((at) => `/api/search?q=steadfast+flood+${at}&timeoutMs=${FLOOD_TIMEOUT_MS}`),
    );
  });
  for (const client of clients) client.close();
  return { shed, medianMs: times.toSorted((a, b) => a - b)[FLOOD / 2]! };
}

async function timed(ask: (done: (reply: Reply | null) => void) => void): Promise<number> {
  const sent = performance.now();
  await new Promise<Reply | null>((done) => ask(done));
  return performance.now() - sent;
}

describe('unbounded-queue', () => {
  it('lets everybody wait for nothing in a flood; with bounds most are sent away at once', async () => {
    const damage = await withFaults(cluster, ['unbounded-queue'], flood);
    const cure = await flood();
    expect(damage.shed).toBe(0);
    expect(cure.shed).toBeGreaterThan(FLOOD / 2);
    expect(damage.medianMs).toBeGreaterThan(1.5 * cure.medianMs);
  });
});
