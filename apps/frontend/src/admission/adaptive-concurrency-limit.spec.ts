import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdaptiveConcurrencyLimit } from './adaptive-concurrency-limit.js';

const TARGET_MS = 100;
const DEADLINE_MS = 1_000;
const MIN = 8;

interface Server {
  /** Requests worked on at once; the rest waits, first come, first served. */
  workers: number;
  /** Mean time of work on one, in ms. */
  workMs: number;
}

interface Run {
  /** Share of the workers' time that went into what was answered within the deadline. */
  goodput: number;
  medianMs: number;
  p99Ms: number;
}

/** What a limit of 1024 lets in at first keeps the slowest of these servers busy for ten seconds: it cannot be taken back. */
const FINDING_MS = 15_000;
const JUDGED_MS = 10_000;

/**
 * Requests arrive by themselves at `factor` times the rate that the server can work off; the times between them and of the
 * work are drawn from `seed`. What is answered while the limit is being found is not judged.
 */
function overload(
  { workers, workMs }: Server,
  factor: number,
  bound: AdaptiveConcurrencyLimit,
  clock: { now: number },
  seed: number,
): Run {
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const exponential = (mean: number) => -Math.log(random()) * mean;
  const free = Array.from({ length: workers }, () => 0);
  /** Let in, by their ends. */
  const underWay: { began: number; end: number; work: number }[] = [];
  const times: number[] = [];
  let worked = 0;
  for (let at = 0; at < FINDING_MS + JUDGED_MS; at += exponential(workMs / workers / factor)) {
    while (underWay[0] && underWay[0].end <= at) {
      const { began, end, work } = underWay.shift()!;
      clock.now = end;
      bound.answered(end - began);
      bound.leave();
      if (end < FINDING_MS) continue;
      times.push(end - began);
      if (end - began <= DEADLINE_MS) worked += work;
    }
    clock.now = at;
    if (!bound.enter()) continue;
    const worker = free.indexOf(Math.min(...free));
    const work = exponential(workMs);
    const end = (free[worker] = Math.max(at, free[worker]!) + work);
    underWay.splice(underWay.findLastIndex((other) => other.end <= end) + 1, 0, { began: at, end, work });
  }
  times.sort((a, b) => a - b);
  return {
    goodput: worked / (workers * JUDGED_MS),
    medianMs: times[times.length >> 1]!,
    p99Ms: times[Math.floor(times.length * 0.99)]!,
  };
}

function make({ min = MIN, initial = 128 } = {}) {
  const clock = { now: 0 };
  const bound = new AdaptiveConcurrencyLimit({
    targetMs: TARGET_MS,
    initial,
    min,
    max: 1024,
    now: () => clock.now,
  });
  return { bound, clock };
}

interface Overload {
  server: Server;
  factor: number;
  initial: number;
  seed: number;
  min?: number;
}

function simulate({ server, factor, seed, ...options }: Overload): Run {
  const { bound, clock } = make(options);
  return overload(server, factor, bound, clock, seed);
}

describe('AdaptiveBound', () => {
  it('keeps any server busy and its answers in time, whatever the overload and wherever it began', () => {
    const overloads = fc.record({
      server: fc.record({
        workers: fc.integer({ min: 1, max: 8 }),
        workMs: fc.integer({ min: 1, max: 20 }),
      }),
      factor: fc.double({ min: 1.5, max: 5, noNaN: true }),
      initial: fc.constantFrom(MIN, 128, 1024),
      seed: fc.integer({ min: 1, max: 2_147_483_646 }),
    });
    // A slow server whose work happens to be more than the mean: few answers, and never idle.
    const unlucky = {
      server: { workers: 1, workMs: 16 },
      factor: 1.950_023_546_837_456,
      initial: 1024,
      seed: 7,
    };
    fc.assert(
      fc.property(overloads, (one) => {
        const { workers, workMs } = one.server;
        const { goodput, medianMs, p99Ms } = simulate(one);
        expect(goodput).toBeGreaterThan(0.9);
        // So many are always let in; where they alone take longer than the target, it is theirs.
        const leastMs = (MIN * workMs) / workers;
        expect(medianMs).toBeLessThan(2 * Math.max(TARGET_MS, leastMs));
        expect(p99Ms).toBeLessThan(DEADLINE_MS);
      }),
      { examples: [[unlucky]] },
    );
  });

  it('is what keeps them in time: with room for all, an overloaded server answers nobody', () => {
    const room = 100_000;
    const server = { workers: 2, workMs: 5 };
    const { goodput } = simulate({ server, factor: 2, seed: 7, min: room, initial: room });
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
