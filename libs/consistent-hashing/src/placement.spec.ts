import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Placement, PLACEMENT_KINDS, placementOf } from './placement.js';
import { boundsOf } from './ring.js';

const sizes = fc
  .record({ partitions: fc.integer({ min: 1, max: 300 }), shards: fc.integer({ min: 1, max: 40 }) })
  .filter(({ partitions, shards }) => shards <= partitions);

function loadsOf(table: number[], shards: number): number[] {
  const loads = Array.from({ length: shards }, () => 0);
  for (const shard of table) loads[shard] = (loads[shard] ?? 0) + 1;
  return loads;
}
const moves = (before: number[], after: number[]) => before.filter((shard, p) => after[p] !== shard).length;

describe.each(PLACEMENT_KINDS)('%s placement', (kind) => {
  const placement: Placement = placementOf(kind);

  it('gives every partition one shard, and every shard its share within the bounds', () => {
    fc.assert(
      fc.property(sizes, ({ partitions, shards }) => {
        const table = placement.assign(partitions, shards);
        const { least, most } = boundsOf(partitions, shards);
        const loads = loadsOf(table, shards);
        expect(table).toHaveLength(partitions);
        expect(loads).toHaveLength(shards);
        expect(Math.min(...loads)).toBeGreaterThanOrEqual(least);
        expect(Math.max(...loads)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('gives the same result for the same arguments', () => {
    fc.assert(
      fc.property(sizes, ({ partitions, shards }) => {
        const previous = placement.assign(partitions, 1);
        const once = placement.assign(partitions, shards, previous);
        expect(placementOf(kind).assign(partitions, shards, previous)).toEqual(once);
      }),
    );
  });

  it('gives shards one partition each when there are no more partitions than shards', () => {
    expect(placement.assign(5, 5).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
    expect(new Set(placement.assign(3, 5)).size).toBeGreaterThan(1);
  });

  it('holds 64 partitions on 4 shards with 14 to 18 each', () => {
    for (const load of loadsOf(placement.assign(64, 4), 4)) {
      expect(load).toBeGreaterThanOrEqual(14);
      expect(load).toBeLessThanOrEqual(18);
    }
  });
});

describe('hash placement', () => {
  it('moves at most half more than 1/N of 64 partitions when the Nth shard comes, up to 8 shards', () => {
    const placement = placementOf('hash');
    for (let shards = 2; shards <= 8; shards++) {
      const moved = moves(placement.assign(64, shards - 1), placement.assign(64, shards));
      expect(moved / 64).toBeLessThanOrEqual(1.5 / shards);
    }
  });

  it('keeps its table from release to release, so that an upgrade moves nothing', () => {
    expect(placementOf('hash').assign(16, 3)).toEqual([1, 2, 0, 0, 1, 2, 2, 1, 0, 1, 2, 0, 0, 2, 1, 2]);
  });
});

describe('directory placement', () => {
  const placement = placementOf('directory');
  const tables = sizes.chain(({ partitions, shards }) =>
    fc.record({
      shards: fc.constant(shards),
      previous: fc.array(fc.integer({ min: 0, max: shards + 3 }), {
        minLength: partitions,
        maxLength: partitions,
      }),
    }),
  );

  it('moves only what the bounds and the shards that are gone demand', () => {
    fc.assert(
      fc.property(tables, ({ shards, previous }) => {
        const { least, most } = boundsOf(previous.length, shards);
        const loads = loadsOf(previous, shards).slice(0, shards);
        const gone = previous.filter((shard) => shard >= shards).length;
        const above = loads.reduce((sum, load) => sum + Math.max(0, load - most), 0);
        const below = loads.reduce((sum, load) => sum + Math.max(0, least - load), 0);
        expect(moves(previous, placement.assign(previous.length, shards, previous))).toBe(
          Math.max(gone + above, below),
        );
      }),
    );
  });

  it('keeps the bounds whatever the table was', () => {
    fc.assert(
      fc.property(tables, ({ shards, previous }) => {
        const { least, most } = boundsOf(previous.length, shards);
        for (const load of loadsOf(placement.assign(previous.length, shards, previous), shards)) {
          expect(load).toBeGreaterThanOrEqual(least);
          expect(load).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('changes nothing in a table that is within the bounds', () => {
    const table = placement.assign(64, 4);
    expect(placement.assign(64, 4, table)).toEqual(table);
  });
});

describe('range placement', () => {
  it('gives each shard one block of neighbours', () => {
    expect(placementOf('range').assign(8, 3)).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
  });
});
