import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { schedule } from './schedule.ts';

const TARGETS = { nats: 1, frontend: 2, root: 2, indexer: 2, shard: 5 };
const seed = fc.nat();

describe('a schedule', () => {
  it('is the same for the same seed', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        expect(schedule(seed, 60_000, TARGETS)).toEqual(schedule(seed, 60_000, TARGETS));
      }),
    );
  });

  it('goes on as a shorter one of the same seed', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const short = schedule(seed, 20_000, TARGETS);
        expect(schedule(seed, 60_000, TARGETS).slice(0, short.length)).toEqual(short);
      }),
    );
  });

  it('hurts every process in every way, in the course of time', () => {
    const seen = new Set(schedule(1, 3_600_000, TARGETS).map(({ kind, target }) => `${kind} ${target}`));
    const processes = Object.values(TARGETS).reduce((sum, count) => sum + count, 0);
    expect(seen.size).toBe(4 * processes);
  });

  it('pauses processes for less and for more than heartbeats, leases and places last', () => {
    const pauses = schedule(1, 3_600_000, TARGETS).filter(({ kind }) => kind === 'pause');
    for (const limit of [3_000, 4_000, 10_000]) {
      expect(pauses.some(({ forMs }) => forMs < limit)).toBe(true);
      expect(pauses.some(({ forMs }) => forMs > limit)).toBe(true);
    }
  });

  it('hurts only what there is', () => {
    fc.assert(
      fc.property(seed, (seed) => {
        const targets = { nats: 0, frontend: 0, root: 0, indexer: 1, shard: 1 };
        const names = new Set(schedule(seed, 60_000, targets).map(({ target }) => target));
        expect([...names].filter((name) => name !== 'indexer-0' && name !== 'shard-0')).toEqual([]);
      }),
    );
  });
});
