import type { HedgePolicy, RetryPolicy } from '@shoal/scatter-gather';
import type { Faults } from './faults.js';

/** Hedge delay while the fault is enabled, in ms. */
const IMPATIENT_MS = 20;

/** Faults hedging-off and retries-without-budget, around the policy that is right. */
export class HedgingFaults implements HedgePolicy {
  constructor(
    private readonly faults: Faults,
    private readonly right: HedgePolicy,
  ) {}

  onSend(shard: number): void {
    this.right.onSend(shard);
  }

  onResponse(shard: number, ms: number, byHedge: boolean): void {
    this.right.onResponse(shard, ms, byHedge);
  }

  delayMs(shard: number): number {
    if (this.faults.on('hedging-off')) return Infinity;
    return this.faults.on('retries-without-budget') ? IMPATIENT_MS : this.right.delayMs(shard);
  }

  spend(overdue: boolean): boolean {
    return this.faults.on('retries-without-budget') || this.right.spend(overdue);
  }
}

/** Fault retries-without-budget, around the policy that is right. */
export class RetryFaults implements RetryPolicy {
  constructor(
    private readonly faults: Faults,
    private readonly right: RetryPolicy,
  ) {}

  earn(): void {
    this.right.earn();
  }

  spend(reserve?: number): boolean {
    return this.faults.on('retries-without-budget') || this.right.spend(reserve);
  }
}
