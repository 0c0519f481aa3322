import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HedgeBudget } from './hedging.js';

describe('HedgeBudget', () => {
  it('never pays for more hedges than its share of the messages, and what was saved up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 500 }),
        fc.integer({ min: 1, max: 20 }),
        (events, burst) => {
          const budget = new HedgeBudget(0.05, burst);
          let messages = 0;
          let hedges = 0;
          for (const isMessage of events) {
            if (isMessage) {
              messages++;
              budget.earn();
            } else if (budget.spend()) hedges++;
            expect(hedges).toBeLessThanOrEqual(messages * 0.05 + burst + 1e-9);
          }
        },
      ),
    );
  });

  it('saves up no more than its burst', () => {
    const budget = new HedgeBudget(0.5, 2);
    for (let i = 0; i < 100; i++) budget.earn();
    expect([1, 2, 3].map(() => budget.spend())).toEqual([true, true, false]);
  });
});
