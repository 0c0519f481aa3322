import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveBound } from './adaptive-bound.js';

const TARGET_MS = 100;
const DEADLINE_MS = 1_000;

interface Server {
  /** Requests worked on at once; the rest waits, first come, first served. */
  workers: number;
  /** Mean time of work on one, in ms. */
  workMs: number;
}

interface Run {
  /** Answered within the deadline, of what could have been answered in this time. */
  goodput: number;
  medianMs: number;
  p99Ms: number;
}

const RUN_MS = 20_000;

/**
 * Requests arrive by themselves at `factor` times the rate that the server can work off. The first half of the time is for
 * finding the limit, the second is judged.
 */
function overload(
  { workers, workMs }: Server,
  factor: number,
  bound: AdaptiveBound,
  clock: { now: number },
): Run {
  let seed = 7;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const exponential = (mean: number) => -Math.log(random()) * mean;
  const free = Array.from({ length: workers }, () => 0);
  let ending: { at: number; began: number }[] = [];
  const times: number[] = [];
  let good = 0;
  for (let at = 0; at < RUN_MS; at += exponential(workMs / workers / factor)) {
    const [done, open] = [ending.filter((one) => one.at <= at), ending.filter((one) => one.at > at)];
    ending = open;
    for (const { at: end, began } of done.toSorted((a, b) => a.at - b.at)) {
      clock.now = end;
      bound.answered(end - began);
      bound.leave();
      if (end < RUN_MS / 2) continue;
      times.push(end - began);
      if (end - began <= DEADLINE_MS) good++;
    }
    clock.now = at;
    if (!bound.enter()) continue;
    const worker = free.indexOf(Math.min(...free));
    free[worker] = Math.max(at, free[worker]!) + exponential(workMs);
    ending.push({ at: free[worker], began: at });
  }
  times.sort((a, b) => a - b);
  return {
    goodput: good / ((workers * RUN_MS) / 2 / workMs),
    medianMs: times[times.length >> 1]!,
    p99Ms: times[Math.floor(times.length * 0.99)]!,
  };
}

function make({ min = 8, initial = 128 } = {}) {
  const clock = { now: 0 };
  const bound = new AdaptiveBound({ targetMs: TARGET_MS, initial, min, max: 1024, now: () => clock.now });
  return { bound, clock };
}

function simulate(server: Server, factor: number, options: { min?: number; initial?: number } = {}): Run {
  const { bound, clock } = make(options);
  return overload(server, factor, bound, clock);
}

describe('AdaptiveBound', () => {
  it('keeps any server busy and its answers in time, whatever the overload and wherever it began', () => {
    const servers = fc.record({
      workers: fc.integer({ min: 1, max: 8 }),
      workMs: fc.integer({ min: 1, max: 20 }),
    });
    const factors = fc.double({ min: 1.5, max: 5, noNaN: true });
    const initials = fc.constantFrom(8, 128, 1024);
    fc.assert(
      fc.property(servers, factors, initials, (server, factor, initial) => {
        const { goodput, medianMs, p99Ms } = simulate(server, factor, { initial });
        expect(goodput).toBeGreaterThan(0.9);
        expect(medianMs).toBeLessThan(2 * TARGET_MS);
        expect(p99Ms).toBeLessThan(DEADLINE_MS);
      }),
      { numRuns: 15 },
    );
  });

  it('is what keeps them in time: with room for all, an overloaded server answers nobody', () => {
    const { goodput } = simulate({ workers: 2, workMs: 5 }, 2, { min: 100_000, initial: 100_000 });
    expect(goodput).toBeLessThan(0.1);
  });

  it('grows only while it is used', () => {
    const { bound, clock } = make({ initial: 20 });
    const quick = (atOnce: number) => {
      for (let i = 0; i < atOnce; i++) bound.enter();
      clock.now += 200;
      for (let i = 0; i < atOnce; i++) {
        bound.answered(1);
        bound.leave();
      }
    };
    for (let i = 0; i < 50; i++) quick(9);
    expect(bound.limit).toBe(20);
    for (let i = 0; i < 50; i++) quick(18);
    expect(bound.limit).toBeGreaterThan(20);
  });

  it('falls to its minimum, and not below, when nobody is answered, and rises again', () => {
    const { bound, clock } = make();
    const answers = (ms: number, windows: number) => {
      for (let i = 0; i < windows * 8; i++) {
        while (bound.enter()) {
          // As many as it takes: a flood.
        }
        clock.now += 20;
        bound.answered(ms);
        bound.leave();
      }
    };
    answers(Infinity, 100);
    expect(bound.limit).toBe(8);
    answers(1, 20);
    expect(bound.limit).toBeGreaterThan(60);
  });

  it('takes no notice of a few slow ones', () => {
    const { bound, clock } = make();
    for (let i = 0; i < 1_000; i++) {
      clock.now += 5;
      bound.answered(i % 3 === 0 ? 900 : 5);
    }
    expect(bound.limit).toBe(128);
  });
});
