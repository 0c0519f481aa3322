import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyWindow, QUANTILE_ERROR } from './latency-window.js';

/** A window on a clock that the test moves. */
function windowAt(start: number) {
  const clock = { ms: start };
  return { clock, window: new LatencyWindow({ now: () => clock.ms }) };
}

describe('LatencyWindow', () => {
  it('gives every quantile within its error bound of the exact one', () => {
    const times = fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    const fraction = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(times, fraction, (times, q) => {
        const { window } = windowAt(0);
        for (const ms of times) window.record(ms);
        const exact = times.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(q * times.length)) - 1]!;
        expect(Math.abs(window.quantile(q) - exact)).toBeLessThanOrEqual(exact * QUANTILE_ERROR * (1 + 1e-9));
      }),
    );
  });

  it('counts exactly the requests of its window, wherever the clock goes', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 15_000 }), fc.integer({ min: 0, max: 20 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5_000 }), steps, (start, steps) => {
        const { clock, window } = windowAt(start);
        const at: number[] = [];
        for (const [waitMs, requests] of steps) {
          clock.ms += waitMs;
          for (let i = 0; i < requests; i++) {
            window.record(5);
            at.push(clock.ms);
          }
        }
        const oldest = Math.max((Math.floor(clock.ms / 1000) - 9) * 1000, start);
        const inWindow = at.filter((ms) => ms >= oldest).length;
        const seconds = Math.max((clock.ms - oldest) / 1000, 1);
        expect(window.queriesPerSecond).toBeCloseTo(inWindow / seconds, 9);
        expect(window.quantile(0.5) > 0).toBe(inWindow > 0);
      }),
    );
  });

  it('forgets a slow time once the window has passed', () => {
    const { clock, window } = windowAt(123);
    window.record(900);
    expect(window.quantile(0.99)).toBeGreaterThan(800);
    clock.ms += 10_000;
    window.record(1);
    expect(window.quantile(0.99)).toBeLessThan(2);
  });

  it('is zero when nothing was asked', () => {
    const { window } = windowAt(0);
    expect([window.queriesPerSecond, window.quantile(0.99)]).toEqual([0, 0]);
  });

  it('keeps times beyond its range at its ends', () => {
    const { window } = windowAt(0);
    window.record(0);
    expect(window.quantile(1)).toBe(0.01);
    window.record(1e9);
    expect(window.quantile(1)).toBeGreaterThan(95_000);
  });
});
