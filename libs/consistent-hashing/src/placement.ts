import { directoryPlacement } from './directory-placement.js';
import { hashPlacement } from './hash-placement.js';
import { rangePlacement } from './range-placement.js';
import type { RingOptions } from './ring.js';

export const PLACEMENT_KINDS = ['hash', 'range', 'directory'] as const;
export type PlacementKind = (typeof PLACEMENT_KINDS)[number];

/** A strategy that says which shard holds which partition. */
export interface Placement {
  readonly kind: PlacementKind;
  /**
   * The shard of each partition: `result[partition] = shard`, a whole number from 0 to `shards - 1`.
   * Every partition has exactly one shard; with `shards ≤ partitions` every shard has at least one partition.
   * The same arguments always give the same result.
   * @param previous the result that is now in force; only the directory looks at it
   */
  assign(partitions: number, shards: number, previous?: readonly number[]): number[];
}

/** @param options of the ring for `hash`; `directory` uses its `loadFactor`, `range` none of it */
export function placementOf(kind: PlacementKind, options?: RingOptions): Placement {
  switch (kind) {
    case 'hash':
      return hashPlacement(options);
    case 'range':
      return rangePlacement();
    case 'directory':
      return directoryPlacement(options?.loadFactor);
  }
}
