import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOf, HashRing } from './ring.js';

const names = (count: number) => Array.from({ length: count }, (_, i) => `node-${i}`);
const keys = Array.from({ length: 1000 }, (_, i) => `key-${i}`);

describe('HashRing', () => {
  it('moves no key between nodes that stay when one node leaves and load does not count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(11), (count, which) => {
        const left = `node-${which % count}`;
        const before = new HashRing(names(count), { loadFactor: 1e9 }).assign(keys);
        const remaining = names(count).filter((name) => name !== left);
        const after = new HashRing(remaining, { loadFactor: 1e9 }).assign(keys);
        const expected = before.map((node, at) => (node === left ? after[at] : node));
        expect(after).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('moves at most twice 1/N of the keys when one of N nodes leaves and loads are bounded', () => {
    for (let count = 2; count <= 12; count++) {
      const before = new HashRing(names(count)).assign(keys);
      for (const left of names(count)) {
        const after = new HashRing(names(count).filter((name) => name !== left)).assign(keys);
        const moved = keys.filter((_, i) => before[i] !== after[i]).length;
        expect(moved / keys.length).toBeLessThanOrEqual(2 / count);
      }
    }
  });

  it('keeps every node within its bounds, whatever the load factor', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 1.01, max: 3, noNaN: true }),
        (count, size, loadFactor) => {
          const assigned = new HashRing(names(count), { loadFactor }).assign(keys.slice(0, size));
          const { least, most } = boundsOf(size, count, loadFactor);
          for (const name of names(count)) {
            const load = assigned.filter((node) => node === name).length;
            expect(load).toBeGreaterThanOrEqual(least);
            expect(load).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });

  it('does not depend on the order of the nodes', () => {
    const ring = new HashRing(names(7).toReversed());
    expect(ring.assign(keys)).toEqual(new HashRing(names(7)).assign(keys));
  });

  it('throws an error with the reason for invalid arguments', () => {
    expect(() => new HashRing([])).toThrow(/at least one node/);
    expect(() => new HashRing(['a'], { loadFactor: 1 }).assign(['k'])).toThrow(/more than 1/);
  });
});
