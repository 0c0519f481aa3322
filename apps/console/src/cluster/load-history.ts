import type { ClusterView } from '@shoal/contracts';

/** Load of one shard: the sum of its replicas' queries, and the p99 of its slowest replica. */
export interface ShardLoad {
  queriesPerSecond: number;
  p99Ms: number;
}

/** Loads of all shards at one time (ms since 1970), by shard number. */
export interface Sample {
  time: number;
  loads: ReadonlyMap<number, ShardLoad>;
}

export const HISTORY_MS = 3 * 60_000;
/** Samples further apart are drawn with a gap: the tab was hidden, or the cluster unreachable. */
const GAP_MS = 3500;

export function shardLoad({ replicas }: ClusterView['shards'][number]): ShardLoad {
  return {
    queriesPerSecond: replicas.reduce((sum, replica) => sum + replica.queriesPerSecond, 0),
    p99Ms: Math.max(0, ...replicas.map((replica) => replica.p99Ms)),
  };
}

/** Adds a sample and removes those older than {@link HISTORY_MS}. */
export function addSample(history: readonly Sample[], view: ClusterView, time: number): Sample[] {
  const loads = new Map(view.shards.map((shard) => [shard.shard, shardLoad(shard)]));
  return [...history.filter((sample) => sample.time > time - HISTORY_MS), { time, loads }];
}

/** Returns one shard's line for uPlot: times in s, and values with null where nothing was measured. */
export function line(
  history: readonly Sample[],
  shard: number,
  metric: keyof ShardLoad,
): [times: number[], values: (number | null)[]] {
  const times: number[] = [];
  const values: (number | null)[] = [];
  let previous: number | undefined;
  for (const { time, loads } of history) {
    if (previous !== undefined && time - previous > GAP_MS) {
      times.push((previous + 1) / 1000);
      values.push(null);
    }
    times.push(time / 1000);
    values.push(measured(loads.get(shard), metric));
    previous = time;
  }
  return [times, values];
}

/** Returns null for a p99 of 0, because the shard had no queries. */
function measured(load: ShardLoad | undefined, metric: keyof ShardLoad): number | null {
  const value = load?.[metric] ?? null;
  return metric === 'p99Ms' && value === 0 ? null : value;
}

/** Returns the time span of a chart in ms: the history, but at least a minute, so that a new line is visible. */
export function span(history: readonly Sample[]): number {
  const first = history[0]?.time ?? 0;
  const last = history.at(-1)?.time ?? 0;
  return Math.max(60_000, last - first);
}

/** Returns the highest value of any shard. One scale for all shards makes their charts comparable. */
export function peak(history: readonly Sample[], metric: keyof ShardLoad): number {
  return Math.max(0, ...history.flatMap(({ loads }) => [...loads.values()].map((load) => load[metric])));
}
