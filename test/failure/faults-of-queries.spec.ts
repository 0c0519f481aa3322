import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import type { ClusterProcess } from '../cluster/running-cluster.ts';
import { withFaults } from '../cluster/faults.ts';
import { HttpClient, type Reply } from '../cluster/http-client.ts';
import { valueOf } from '../cluster/metrics.ts';
import {
  countIncomplete,
  isFrom,
  searchOften,
  startSeeded,
  withoutShard,
} from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSeeded({ shards: 2, replicas: 2, roots: 2 });
  return () => cluster.stop();
});

/** Returns the growth of a metric, summed over all processes of a role, during a task. */
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

/** Returns the share of 40 searches that a slow replica answered. */
async function slowShare(): Promise<number> {
  const { shards } = await cluster.api.cluster();
  const slow = shards.map(({ replicas }) => replicas[0]!.member);
  const answers = await searchOften(cluster, 40);
  const met = answers.filter((answer) => slow.some((member) => isFrom(answer, member)));
  return met.length / answers.length;
}

describe('a fault', () => {
  it('stays enabled in a process that restarts', async () => {
    await withFaults(cluster, ['hedging-off'], async () => {
      await cluster.restarted('root-0');
      const enabled = { fault: 'hedging-off' };
      expect(await valueOf(cluster.process('root-0'), 'shoal_fault_enabled', enabled)).toBe(1);
    });
  });
});

describe('slow-replica and one-choice', () => {
  it('send most searches to the slow replica, which two choices avoid', async () => {
    // Hedges would hide the slow replica in both cases.
    const damage = await withFaults(cluster, ['hedging-off', 'slow-replica', 'one-choice'], slowShare);
    // With two shards and a random replica each, three of four searches meet a slow one.
    expect(damage).toBeGreaterThan(0.5);
    await withFaults(cluster, ['hedging-off', 'slow-replica'], () =>
      // A pause of the machine makes the fast replica look slow until its average has faded.
      until('most searches avoid it', async () => (await slowShare()) < 0.25),
    );
  });

  it('make searches slow, and one-choice alone does not', async () => {
    const ask = () => searchOften(cluster, 20);
    const damage = await withFaults(cluster, ['slow-replica', 'one-choice'], ask);
    const cure = await withFaults(cluster, ['one-choice'], ask);
    expect(median(damage)).toBeGreaterThan(5 * median(cure));
  });
});

describe('lost-replies and hedging-off', () => {
  it('degrade answers, most of which hedges complete', async () => {
    const ask = () => countIncomplete(cluster, 200, 300);
    const damage = await withFaults(cluster, ['lost-replies', 'hedging-off'], ask);
    const cure = await withFaults(cluster, ['lost-replies'], ask);
    // Ten of 400 replies are lost, some of them for the same answer.
    expect(damage).toBeGreaterThan(3);
    expect(cure).toBeLessThan(damage / 2);
  });
});

describe('retries-without-budget', () => {
  it('multiplies the work of shards, which budgets bound', async () => {
    const work = () =>
      growth('shard', 'shoal_shard_queue_duration_seconds_count', () => searchOften(cluster, 60));
    const slow = ['slow-replica', 'one-choice'] as const;
    // The first searches spend the saved budget.
    const cure = await withFaults(cluster, [...slow], async () => {
      await searchOften(cluster, 60);
      return work();
    });
    const damage = await withFaults(cluster, [...slow, 'retries-without-budget'], work);
    expect(damage).toBeGreaterThan(1.4 * cure);
  });
});

describe('deadlines-off', () => {
  it('lets shards answer expired queries, which deadlines drop', async () => {
    // A slow replica takes longer than the time budget of a query.
    const late = ['slow-replica', 'one-choice', 'hedging-off'] as const;
    const dropped = () =>
      growth('shard', 'shoal_shard_expired_total', () => countIncomplete(cluster, 30, 60));
    const damage = await withFaults(cluster, [...late, 'deadlines-off'], dropped);
    const cure = await withFaults(cluster, [...late], dropped);
    expect(damage).toBe(0);
    expect(cure).toBeGreaterThan(10);
  });
});

/** Returns the requests to roots that a hundred equal searches cause. */
function crowd(): Promise<number> {
  const path = '/api/search?q=steadfast+stampede&timeoutMs=300';
  // A silent shard keeps the first search in flight until all others have arrived.
  return withoutShard(cluster, () =>
    growth('root', 'shoal_root_request_duration_seconds_count', () =>
      Promise.all(Array.from({ length: 100 }, () => cluster.api.fetch(path))),
    ),
  );
}

describe('no-single-flight', () => {
  it('sends each of many equal searches to the roots', async () => {
    const damage = await withFaults(cluster, ['no-single-flight'], crowd);
    const cure = await crowd();
    expect(damage).toBeGreaterThan(10 * cure);
  });
});

/** Three times the initial concurrency limit of a frontend. */
const FLOOD = 400;
const FLOOD_TIMEOUT_MS = 2_000;

/**
 * Sends many searches at the same time while a shard is silent, so that no answer is in time.
 * @returns searches that were shed, and the median time to a response
 */
async function flood(): Promise<{ shed: number; medianMs: number }> {
  const clients = Array.from({ length: FLOOD }, () => new HttpClient(cluster.url));
  const get = (path: (at: number) => string) =>
    Promise.all(clients.map((client, at) => timed((done) => client.get(path(at), done))));
  // Every client opens its connection first.
  await get(() => '/api/faults');
  let times: number[] = [];
  const shed = await growth('frontend', 'shoal_admission_shed_total', async () => {
    times = await withoutShard(cluster, () =>
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
  it('lets a flood wait for its timeout, most of which limits shed', async () => {
    const damage = await withFaults(cluster, ['unbounded-queue'], flood);
    const cure = await flood();
    expect(damage.shed).toBe(0);
    expect(cure.shed).toBeGreaterThan(FLOOD / 2);
    expect(damage.medianMs).toBeGreaterThan(1.5 * cure.medianMs);
  });
});
