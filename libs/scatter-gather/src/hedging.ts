/** When a message may be sent a second time, to another replica. */
export interface HedgePolicy {
  /** A message to this shard leaves. */
  sent(shard: number): void;
  /** It was answered after `ms`, or has been waited for that long in vain. */
  answered(shard: number, ms: number): void;
  /** How long to wait for an answer before hedging, in ms. */
  delayMs(shard: number): number;
  /** Whether one more hedge is within the budget; if so, it is spent. */
  spend(): boolean;
}

/**
 * Pays for hedges out of a share of the messages sent: on a day when everything is slow, and every message would be
 * hedged, the load grows by that share and not to twice (Dean and Barroso, "The Tail at Scale", 2013).
 */
export class HedgeBudget {
  private tokens: number;

  /**
   * @param share hedges per message, 0.05 for 5 %
   * @param burst hedges that may be saved up for a bad moment
   */
  constructor(
    private readonly share: number,
    private readonly burst: number,
  ) {
    this.tokens = burst;
  }

  /** A message was sent: a part of a hedge is earned. */
  earn(): void {
    this.tokens = Math.min(this.burst, this.tokens + this.share);
  }

  /** @returns whether there was a whole hedge left; it is gone now */
  spend(): boolean {
    if (this.tokens < 1) return false;
    this.tokens--;
    return true;
  }
}
