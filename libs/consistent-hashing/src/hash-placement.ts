import type { Placement } from './placement.js';
import { HashRing, type RingOptions } from './ring.js';

/** Partitions on a ring of shards with bounded loads: anyone can compute it from the two numbers alone. */
export function hashPlacement(options?: RingOptions): Placement {
  return {
    kind: 'hash',
    assign(partitions, shards) {
      const names = Array.from({ length: shards }, (_, shard) => `shard-${shard}`);
      const keys = Array.from({ length: partitions }, (_, partition) => `partition-${partition}`);
      return new HashRing(names, options).assign(keys).map((name) => names.indexOf(name));
    },
  };
}
