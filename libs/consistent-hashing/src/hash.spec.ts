import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash32, partitionOf } from './hash.js';

describe('hash32', () => {
  it('is the fingerprint that FarmHash gives everywhere: stored documents depend on it', () => {
    expect(hash32('')).toBe(3696677242);
    expect(hash32('dog')).toBe(2941337852);
    expect(hash32('búho 🦉')).toBe(1600876972);
  });
});

describe('partitionOf', () => {
  it('is a partition, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 4096 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);
        expect(Number.isInteger(partition) && partition >= 0 && partition < partitions).toBe(true);
      }),
    );
  });

  it('spreads keys evenly', () => {
    const counts = Array.from({ length: 64 }, () => 0);
    for (let i = 0; i < 64_000; i++) counts[partitionOf(`n${i}`, 64)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
  });
});
