// Grafana puts in for $__rate_interval what fits the width of the graph, and at least four scrapes.

/** Rate of a counter, per second. @param by labels to keep, separated by commas; default none */
export const perSecond = (counter: string, by?: string): string =>
  sum(`rate(${counter}[$__rate_interval])`, by);

/** How often something rare has happened in the last ten minutes. */
export const lately = (counter: string, by?: string): string => sum(`increase(${counter}[10m])`, by);

/** A quantile of a histogram. @param histogram its name, without `_bucket`, and labels in braces */
export const quantile = (q: number, histogram: string, by?: string): string => {
  const buckets = histogram.replace(/(?=\{)|$/, '_bucket');
  return `histogram_quantile(${q}, ${perSecond(buckets, by ? `le, ${by}` : 'le')})`;
};

/**
 * Of a counter whose series begin with their first event, as those of failures: 0 where there are only the others. Nothing when
 * there are none at all.
 */
export const orNone = (rare: string, all: string): string => `(${rare} or 0 * ${all})`;

/** Adds the label `shard` to a vector that has a series for each shard process, and leaves out spares: they hold none. */
export const withShard = (vector: string): string =>
  `${vector} * on (service_instance_id) group_left (shard) shoal_shard_assignment_info{shard!="none"}`;

/** The same, of those alone that answer: one that replays or drains has documents that nobody finds at it. */
export const ofReady = (vector: string): string =>
  `${vector} * on (service_instance_id) group_left (shard) shoal_shard_assignment_info{state="ready"}`;

const sum = (vector: string, by?: string): string => (by ? `sum by (${by}) (${vector})` : `sum(${vector})`);
