/**
 * Token bucket: lets `perSecond` events through on average, and up to `burst` at once after a pause. It measures by time;
 * the budgets of hedges and retries (scatter-gather) are earned by requests.
 */
export class TokenBucket {
  private tokens: number;
  private refilledAt: number;

  /** @param now monotonic clock in ms, replaceable in tests */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.tokens = burst;
    this.refilledAt = now();
  }

  /** Takes a token. Returns false when none is left. */
  take(): boolean {
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.refilledAt) / 1_000) * this.perSecond);
    this.refilledAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
