import type { ClusterView, SearchAnswer } from '@shoal/contracts';
import { expect } from 'vitest';
import type { Api } from './api.ts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import type { RunningCluster } from './running-cluster.ts';
import { until } from './until.ts';

/** Documents of a seeded cluster; all have the same word, so that hits missing from an answer can be counted. */
export const DOCUMENTS = 200;
export const WORD = 'steadfast';

export async function seedDocuments(api: Api, count = DOCUMENTS): Promise<void> {
  const lines = Array.from({ length: count }, (_, at) =>
    JSON.stringify({ id: `d${at}`, title: `Document ${at}`, text: WORD }),
  );
  await api.bulk(lines.join('\n'));
  await api.settled(count);
}

/** Starts a cluster with seeded documents. */
export async function startSeeded(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  await seedDocuments(cluster.api);
  return cluster;
}

let searches = 0;

/** Returns a query that finds all seeded documents and is not cached. */
const freshQuery = (): string => `${WORD} ${searches++}`;

/** Searches for all seeded documents, past every cache. */
export function searchAll(cluster: RunningCluster, timeoutMs = 1_000): Promise<SearchAnswer> {
  return cluster.api.search(freshQuery(), { timeoutMs, profile: 'true' });
}

/** Searches so many times, one after another. */
export async function searchOften(
  cluster: RunningCluster,
  times: number,
  timeoutMs?: number,
): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  for (let at = 0; at < times; at++) answers.push(await searchAll(cluster, timeoutMs));
  return answers;
}

/** Searches one after another until a condition holds. A search that fails is repeated. @returns all answers */
export async function searchUntil(
  cluster: RunningCluster,
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs?: number,
): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  await until(
    what,
    async () => {
      answers.push(await searchAll(cluster));
      return condition();
    },
    withinMs,
  );
  return answers;
}

/** Searches with several clients until stopped. A search that fails rejects `stop`. */
export function searchInBackground(cluster: RunningCluster, clients: number) {
  const stopped = new AbortController();
  const answers: SearchAnswer[] = [];
  const searching = Promise.all(
    Array.from({ length: clients }, async () => {
      while (!stopped.signal.aborted) answers.push(await searchAll(cluster));
    }),
  );
  // A failure is reported by stop(), not as an unhandled rejection.
  searching.catch(() => undefined);
  return {
    /** Resolves after so many more answers. */
    async more(count: number): Promise<void> {
      const before = answers.length;
      await until(`${count} more searches are answered`, () => answers.length >= before + count);
    },
    async stop(): Promise<SearchAnswer[]> {
      stopped.abort();
      await searching;
      return answers;
    },
  };
}

/** Expects that no answer misses any of these documents. */
export function expectComplete(answers: SearchAnswer[], documents = DOCUMENTS): void {
  expect(answers.filter(({ coverage }) => coverage.degraded)).toEqual([]);
  expect(new Set(answers.map(({ total }) => total.value))).toEqual(new Set([documents]));
}

/** Whether this replica answered for a shard. */
export const isFrom = ({ profile }: SearchAnswer, member: string): boolean =>
  profile?.shards.some(({ replica }) => replica === member) ?? false;

/** Returns how many of so many searches, one after another, failed or were degraded. */
export async function countIncomplete(
  cluster: RunningCluster,
  times: number,
  timeoutMs: number,
): Promise<number> {
  let incomplete = 0;
  for (let at = 0; at < times; at++) {
    const complete = await searchAll(cluster, timeoutMs).then(
      ({ coverage }) => !coverage.degraded,
      () => false,
    );
    if (!complete) incomplete++;
  }
  return incomplete;
}

/** Runs a task while all replicas of shard 1 are paused, then waits until searches are complete again. */
export async function withoutShard<T>(
  cluster: RunningCluster,
  task: (lost: ClusterView['shards'][number]) => Promise<T>,
): Promise<T> {
  const lost = (await cluster.api.cluster()).shards[1]!;
  const members = lost.replicas.map(({ member }) => member);
  const result = await cluster.whilePaused(members, () => task(lost));
  await until('searches are complete again', async () => !(await searchAll(cluster)).coverage.degraded);
  return result;
}

/** Repeats a search without shard 1 until the other shard answers in time. @returns the degraded answer */
export function degradedAnswer(cluster: RunningCluster, timeoutMs = 300): Promise<SearchAnswer> {
  return withoutShard(cluster, () =>
    until('the other shard answers', async () => {
      const answer = await searchAll(cluster, timeoutMs);
      return answer.total.value > 0 && answer;
    }),
  );
}
