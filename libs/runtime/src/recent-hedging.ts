import { RetryBudget, type HedgePolicy } from '@shoal/scatter-gather';
import { LatencyWindow } from '@shoal/telemetry';

/** Extra messages that hedging may cost, as a share of all. */
const BUDGET_SHARE = 0.05;
/** Hedges saved up in good times: what a replica that stops answering costs before others learn to avoid it. */
const BUDGET_BURST = 20;
/**
 * Number of tokens reserved for overdue answers. By definition 5 % of the answers are later than the p95 and would spend the
 * whole budget, so that nothing would be left when a replica stops answering.
 */
const RESERVE = 10;
/** An answer later than this quantile of the recent ones is worth a second try. */
const LATE = 0.95;
/** Never hedge sooner, in ms: timers and the event loop are not exacter than that. */
const SOONEST_MS = 5;
/** Before there is anything to go by. */
const UNKNOWN_MS = 50;

/** Hedges after the recent p95 of a shard (or of whatever is numbered like one), for at most 5 % more messages. */
export class PercentileHedging implements HedgePolicy {
  private readonly budget: RetryBudget;
  private readonly recent = new Map<number, LatencyWindow>();

  /**
   * @param onHedge called for every requested hedge with whether the budget granted it
   * @param onWin called for every hedge whose answer came first
   */
  constructor(
    onHedge: (granted: boolean) => void,
    private readonly onWin: () => void,
  ) {
    this.budget = new RetryBudget(BUDGET_SHARE, BUDGET_BURST, onHedge);
  }

  onSend(): void {
    this.budget.earn();
  }

  onResponse(shard: number, ms: number, byHedge: boolean): void {
    this.window(shard).record(ms);
    if (byHedge) this.onWin();
  }

  delayMs(shard: number): number {
    return Math.max(SOONEST_MS, this.window(shard).quantile(LATE) || UNKNOWN_MS);
  }

  spend(overdue: boolean): boolean {
    return this.budget.spend(overdue ? 0 : RESERVE);
  }

  private window(shard: number): LatencyWindow {
    let window = this.recent.get(shard);
    if (!window) this.recent.set(shard, (window = new LatencyWindow()));
    return window;
  }
}
