import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { zipf } from './zipf.ts';

const counts = fc.integer({ min: 1, max: 5_000 });
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('ranks by Zipf', () => {
  it('are all in range, and rise with the chance', () => {
    fc.assert(
      fc.property(counts, chances, chances, (count, a, b) => {
        const draw = zipf(count);
        const [low, high] = [draw(Math.min(a, b)), draw(Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThan(count);
        expect(low).toBeLessThanOrEqual(high);
      }),
    );
  });

  it('come in proportion to 1 / (rank + 1)', () => {
    const draw = zipf(100);
    const DRAWS = 1_000_000;
    const seen = Array.from({ length: 100 }, () => 0);
    for (let at = 0; at < DRAWS; at++) seen[draw((at + 0.5) / DRAWS)]!++;
    const first = seen[0]!;
    seen.forEach((times, rank) => expect(Math.abs(times - first / (rank + 1))).toBeLessThan(2));
  });
});
