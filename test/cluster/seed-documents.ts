import type { SearchAnswer } from '@shoal/contracts';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';

export const DOCUMENTS = 200;

/** A cluster of documents that all have the same word, so that what an answer misses can be counted. */
export async function startSteadfast(options: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  const lines = Array.from({ length: DOCUMENTS }, (_, at) =>
    JSON.stringify({ id: `d${at}`, title: `Document ${at}`, text: 'steadfast' }),
  );
  await cluster.api.bulk(lines.join('\n'));
  await cluster.api.settled(DOCUMENTS);
  return cluster;
}

let asked = 0;

/** Finds all documents; each time as a question that no cache has an answer to. */
export function searchAll(cluster: Cluster, timeoutMs = 1_000): Promise<SearchAnswer> {
  return cluster.api.search(`steadfast ${asked++}`, { timeoutMs, profile: 'true' });
}

/** So many searches, one after the other. */
export async function searchOften(
  cluster: Cluster,
  times: number,
  timeoutMs?: number,
): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  for (let at = 0; at < times; at++) answers.push(await searchAll(cluster, timeoutMs));
  return answers;
}

/** @returns how many of so many searches, one after the other, were answered without a shard, or not at all */
export async function incompleteOf(cluster: Cluster, times: number, timeoutMs: number): Promise<number> {
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
