import { describe, expect, it } from 'vitest';
import { DelayedAllocation } from './delayed-allocation.js';

const GRACE_MS = 10_000;

function at() {
  const clock = { now: 0 };
  const absences = new DelayedAllocation(GRACE_MS, () => clock.now);
  return {
    clock,
    returning: (placed: string[], present: string[]) => absences.stillExpected(placed, present),
  };
}

describe('a member that is missing', () => {
  it('is expected back for the length of the grace', () => {
    const { clock, returning } = at();
    expect(returning(['a', 'b'], ['b'])).toEqual(['a']);
    clock.now = GRACE_MS - 1;
    expect(returning(['a', 'b'], ['b'])).toEqual(['a']);
    clock.now = GRACE_MS;
    expect(returning(['a', 'b'], ['b'])).toEqual([]);
  });

  it('has the whole grace again after it was back for a moment', () => {
    const { clock, returning } = at();
    returning(['a'], []);
    clock.now = GRACE_MS - 1;
    expect(returning(['a'], ['a'])).toEqual([]);
    expect(returning(['a'], [])).toEqual(['a']);
    clock.now = 2 * GRACE_MS - 2;
    expect(returning(['a'], [])).toEqual(['a']);
  });

  it('is forgotten once it has no place any more', () => {
    const { clock, returning } = at();
    returning(['a'], []);
    returning([], []);
    clock.now = GRACE_MS;
    expect(returning(['a'], [])).toEqual(['a']);
  });
});
