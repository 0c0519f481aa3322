import { retryBudget, type HedgePolicy, type RetryPolicy } from '@shoal/scatter-gather';
import type { Counter } from 'prom-client';
import type { Faults } from './faults.js';
import { PercentileHedging } from './recent-hedging.js';
import { HedgingFaults, RetryFaults } from './resend-faults.js';

/** Counters of hedges and retries. */
export interface RetryCounters {
  hedges: Counter<'granted'>;
  hedgeWins: Counter;
  retries: Counter<'granted'>;
}

/** When a message is sent a second time: hedges after the recent p95 and retries, each within its budget, counted, and with the faults around them. */
export function retryPolicies(
  faults: Faults,
  { hedges, hedgeWins, retries }: RetryCounters,
): { hedging: HedgePolicy; retries: RetryPolicy } {
  // There from the start: of a series that begins with its first event Prometheus sees no rise.
  for (const counter of [hedges, retries])
    for (const granted of ['true', 'false']) counter.inc({ granted }, 0);
  const hedging = new PercentileHedging(
    (granted) => hedges.inc({ granted: String(granted) }),
    () => hedgeWins.inc(),
  );
  const budget = retryBudget((granted) => retries.inc({ granted: String(granted) }));
  return { hedging: new HedgingFaults(faults, hedging), retries: new RetryFaults(faults, budget) };
}
