/** Lets a few things through a second, and as many at once as it has saved up. */
export class TokenBucket {
  private tokens: number;
  private earnedAt: number;

  /** @param now monotonic clock in ms, replaceable in tests */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.tokens = burst;
    this.earnedAt = now();
  }

  /** @returns whether there was a token left */
  take(): boolean {
    const now = this.now();
    this.tokens = Math.min(this.burst, this.tokens + ((now - this.earnedAt) / 1_000) * this.perSecond);
    this.earnedAt = now;
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
