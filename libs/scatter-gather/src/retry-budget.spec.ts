import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from './retry-budget.js';

describe('Budget', () => {
  it('never pays for more messages than its share of the messages, and what was saved up', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { maxLength: 500 }),
        fc.integer({ min: 1, max: 20 }),
        (events, burst) => {
          const budget = new RetryBudget(0.05, burst);
          let messages = 0;
          let extra = 0;
          for (const isMessage of events) {
            if (isMessage) {
              messages++;
              budget.earn();
            } else if (budget.spend()) extra++;
            expect(extra).toBeLessThanOrEqual(messages * 0.05 + burst + 1e-9);
          }
        },
      ),
    );
  });

  it('keeps what is to be kept in reserve', () => {
    const budget = new RetryBudget(0.05, 4);
    expect([2, 2, 2, 0, 0, 0].map((reserve) => budget.spend(reserve))).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  it('saves up no more than its burst', () => {
    const budget = new RetryBudget(0.5, 2);
    for (let i = 0; i < 100; i++) budget.earn();
    expect([1, 2, 3].map(() => budget.spend())).toEqual([true, true, false]);
  });
});
