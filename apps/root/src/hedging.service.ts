import { Injectable } from '@nestjs/common';
import { HedgeBudget, type HedgePolicy } from '@shoal/scatter-gather';
import { LatencyWindow } from '@shoal/telemetry';
import { RootMetrics } from './root.metrics.js';

/** Extra messages that hedging may cost, as a share of all. */
const BUDGET_SHARE = 0.05;
/** Hedges saved up in good times: what a replica that stops answering costs before the roots learn to avoid it. */
const BUDGET_BURST = 20;
/** An answer later than this quantile of the shard's recent ones is worth a second try. */
const LATE = 0.95;
/** Never hedge sooner, in ms: timers and the event loop are not exacter than that. */
const SOONEST_MS = 5;
/** Before there is anything to go by. */
const UNKNOWN_MS = 50;

/** When roots hedge: after the shard's recent p95, for at most 5 % more messages. */
@Injectable()
export class HedgingService implements HedgePolicy {
  private readonly budget = new HedgeBudget(BUDGET_SHARE, BUDGET_BURST);
  private readonly recent = new Map<number, LatencyWindow>();

  constructor(private readonly metrics: RootMetrics) {}

  sent(): void {
    this.budget.earn();
  }

  answered(shard: number, ms: number): void {
    this.window(shard).record(ms);
  }

  delayMs(shard: number): number {
    return Math.max(SOONEST_MS, this.window(shard).quantile(LATE) || UNKNOWN_MS);
  }

  spend(): boolean {
    const granted = this.budget.spend();
    this.metrics.hedges.inc({ granted: String(granted) });
    return granted;
  }

  private window(shard: number): LatencyWindow {
    let window = this.recent.get(shard);
    if (!window) this.recent.set(shard, (window = new LatencyWindow()));
    return window;
  }
}
