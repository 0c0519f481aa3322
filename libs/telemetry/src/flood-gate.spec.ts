import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FloodGate } from './flood-gate.js';

describe('FloodGate', () => {
  it('lets at most its limit pass in any window, and loses no count, wherever the clock goes', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('a', 'b')), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps, (events, steps) => {
        let now = 0;
        const gate = new FloodGate({ events, windowMs: 100 }, () => now);
        const told = { a: 0, b: 0 };
        const asked = { a: 0, b: 0 };
        const passedAt: Record<string, number[]> = { a: [], b: [] };
        for (const [waitMs, kind] of steps) {
          now += waitMs;
          asked[kind as 'a']++;
          const heldBack = gate.admit(kind);
          if (heldBack === null) continue;
          passedAt[kind]!.push(now);
          told[kind as 'a'] += 1 + heldBack;
          expect(told[kind as 'a']).toBe(asked[kind as 'a']);
        }
        // Two windows touch a span of time of one window's length.
        for (const times of Object.values(passedAt))
          for (const at of times)
            expect(times.filter((other) => other >= at && other < at + 100).length).toBeLessThanOrEqual(
              2 * events,
            );
      }),
    );
  });

  it('lets every kind pass at first, and again after the window', () => {
    let now = 0;
    const gate = new FloodGate({ events: 1, windowMs: 10 }, () => now);
    expect([gate.admit('a'), gate.admit('b'), gate.admit('a'), gate.admit('a')]).toEqual([0, 0, null, null]);
    now = 10;
    expect(gate.admit('a')).toBe(2);
  });
});
