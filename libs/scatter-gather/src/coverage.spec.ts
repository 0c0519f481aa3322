import { describe, expect, it } from 'vitest';
import { coverageOf } from './coverage.js';
import type { LegOutcome } from './leg.js';

const leg = (shard: number, outcome: LegOutcome<number>['outcome'], result?: number): LegOutcome<number> => ({
  target: shard,
  outcome,
  replica: null,
  roundTripMs: 1,
  hedged: false,
  attempts: [],
  ...(result === undefined ? {} : { result }),
});
const coverage = (legs: LegOutcome<number>[]) =>
  coverageOf(
    legs,
    (searched) => searched,
    () => 100,
  );

describe('coverage', () => {
  it('is complete when all have answered, whatever they hold by now', () => {
    expect(coverage([leg(0, 'answered', 90), leg(1, 'answered', 0)])).toEqual({
      degraded: false,
      shards: { total: 2, answered: 2, timedOut: 0, failed: 0 },
      documents: { searched: 90, total: 90 },
    });
  });

  it('counts the documents of silent shards as not searched', () => {
    expect(coverage([leg(0, 'answered', 90), leg(1, 'timedOut'), leg(2, 'failed')])).toEqual({
      degraded: true,
      shards: { total: 3, answered: 1, timedOut: 1, failed: 1 },
      documents: { searched: 90, total: 290 },
    });
  });
});
