import { boundsOf, HashRing, type RingOptions } from './ring.js';

export const PLACEMENT_KINDS = ['hash', 'range', 'directory'] as const;
export type PlacementKind = (typeof PLACEMENT_KINDS)[number];

/** Strategy that assigns each partition to a shard. */
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

/** @param options settings of the ring for `hash`; `directory` uses its `loadFactor`, `range` none of it */
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

/** Partitions on a ring of shards with bounded loads: any process can compute it from the two numbers alone. */
function hashPlacement(options?: RingOptions): Placement {
  return {
    kind: 'hash',
    assign(partitions, shards) {
      const names = Array.from({ length: shards }, (_, shard) => `shard-${shard}`);
      const keys = Array.from({ length: partitions }, (_, partition) => `partition-${partition}`);
      return new HashRing(names, options).assign(keys).map((name) => names.indexOf(name));
    },
  };
}

/**
 * Contiguous blocks whose sizes differ by at most one. Neighbours stay together, which serves scans over ranges;
 * the price is that a new shard shifts nearly every block's border.
 */
function rangePlacement(): Placement {
  return {
    kind: 'range',
    assign: (partitions, shards) =>
      Array.from({ length: partitions }, (_, partition) => Math.floor((partition * shards) / partitions)),
  };
}

/**
 * An explicit table. The one in force is the start; only what must move does: partitions of shards that are gone, those
 * above a shard's upper bound, and as many as bring every shard to its lower bound. Without a table: dealt out in turn.
 */
function directoryPlacement(loadFactor?: number): Placement {
  return {
    kind: 'directory',
    assign(partitions, shards, previous = []) {
      const { least, most } = boundsOf(partitions, shards, loadFactor);
      const held: number[][] = Array.from({ length: shards }, () => []);
      const homeless: number[] = [];
      for (let partition = 0; partition < partitions; partition++) {
        const home = held[previous[partition] ?? shards];
        if (home && home.length < most) home.push(partition);
        else homeless.push(partition);
      }
      for (const partition of homeless) lightest(held).push(partition);
      while (lightest(held).length < least) lightest(held).push(heaviest(held).pop()!);

      const table = Array.from({ length: partitions }, () => 0);
      held.forEach((mine, shard) => mine.forEach((partition) => (table[partition] = shard)));
      return table;
    },
  };
}

const lightest = (held: number[][]) => held.reduce((best, mine) => (mine.length < best.length ? mine : best));
const heaviest = (held: number[][]) => held.reduce((best, mine) => (mine.length > best.length ? mine : best));
