import type { ClusterView } from '@shoal/contracts';

/** What one shard did in one second: the sum of its replicas' queries, and the slowest replica's p99. */
export interface ShardLoad {
  queriesPerSecond: number;
  p99Ms: number;
}

/** One look at the cluster. `time` in ms since 1970; index = place in `ClusterView.shards`. */
export interface Sample {
  time: number;
  loads: ReadonlyMap<number, ShardLoad>;
}

export const HISTORY_MS = 3 * 60_000;
/** Two samples further apart than this have a hole between them: the tab was hidden, or the cluster away. */
const GAP_MS = 3500;

export function shardLoad({ replicas }: ClusterView['shards'][number]): ShardLoad {
  return {
    queriesPerSecond: replicas.reduce((sum, replica) => sum + replica.queriesPerSecond, 0),
    p99Ms: Math.max(0, ...replicas.map((replica) => replica.p99Ms)),
  };
}

/** Adds a look at the cluster and forgets what is older than {@link HISTORY_MS}. */
export function addSample(history: readonly Sample[], view: ClusterView, time: number): Sample[] {
  const loads = new Map(view.shards.map((shard) => [shard.shard, shardLoad(shard)]));
  return [...history.filter((sample) => sample.time > time - HISTORY_MS), { time, loads }];
}

/** One shard's line, as uPlot takes it: times in s and values, with null where nothing was measured. */
export function line(
  history: readonly Sample[],
  shard: number,
  metric: keyof ShardLoad,
): [times: number[], values: (number | null)[]] {
  const times: number[] = [];
  const values: (number | null)[] = [];
  let before: number | undefined;
  for (const { time, loads } of history) {
    if (before !== undefined && time - before > GAP_MS) {
      times.push((before + 1) / 1000);
      values.push(null);
    }
    times.push(time / 1000);
    values.push(measured(loads.get(shard), metric));
    before = time;
  }
  return [times, values];
}

/** A p99 of 0 is none: the shard had no queries. */
function measured(load: ShardLoad | undefined, metric: keyof ShardLoad): number | null {
  const value = load?.[metric] ?? null;
  return metric === 'p99Ms' && value === 0 ? null : value;
}

/** How much time a chart shows, in ms: the history, but a minute at least, so that the first line is no dot. */
export function span(history: readonly Sample[]): number {
  const first = history[0]?.time ?? 0;
  const last = history.at(-1)?.time ?? 0;
  return Math.max(60_000, last - first);
}

/** The highest value of any shard: all shards are drawn to one scale, so that the eye may compare them. */
export function peak(history: readonly Sample[], metric: keyof ShardLoad): number {
  return Math.max(0, ...history.flatMap(({ loads }) => [...loads.values()].map((load) => load[metric])));
}
