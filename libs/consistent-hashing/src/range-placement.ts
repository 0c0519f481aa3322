import type { Placement } from './placement.js';

/**
 * Contiguous blocks whose sizes differ by at most one. Neighbours stay together, which serves scans over ranges;
 * the price is that a new shard shifts nearly every block's border.
 */
export function rangePlacement(): Placement {
  return {
    kind: 'range',
    assign: (partitions, shards) =>
      Array.from({ length: partitions }, (_, partition) => Math.floor((partition * shards) / partitions)),
  };
}
