/** Retries per message: a share that cannot bring down what is left when a part is gone or full. */
const RETRY_SHARE = 0.1;
/** Retries saved up: what is under way to a replica until its first rejection is here, with room for several at once. */
const RETRY_BURST = 50;
/**
 * How many of these silence leaves over: to ask again who only takes long is in vain, and what is rejected meanwhile must
 * find another replica.
 */
export const REJECTION_RETRY_RESERVE = RETRY_BURST / 2;

/** Whether a message may be sent again, after a replica that could not answer or the silence of all. {@link RetryBudget} is one. */
export interface RetryPolicy {
  /** A first message was sent. */
  earn(): void;
  /** @param reserve how many must be left afterwards. @returns whether it may be sent again; if so, that is spent */
  spend(reserve?: number): boolean;
}

/**
 * Pays for extra messages (hedges, retries) out of a share of the first ones: on a day when everything is slow or rejected, and
 * every message would be sent again, the load grows by that share and not to a multiple (for hedges Dean and Barroso, "The
 * Tail at Scale", 2013; for retries Beyer et al., "Site Reliability Engineering", 2016, chapter 21, "Handling Overload").
 */
export class RetryBudget implements RetryPolicy {
  private tokens: number;

  /**
   * @param share extra messages per message, 0.05 for 5 %
   * @param burst extra messages that may be saved up for a bad moment
   * @param onSpend told of every wish for an extra message, and whether it was granted
   */
  constructor(
    private readonly share: number,
    private readonly burst: number,
    private readonly onSpend?: (granted: boolean) => void,
  ) {
    this.tokens = burst;
  }

  /** A first message was sent: a part of an extra one is earned. */
  earn(): void {
    this.tokens = Math.min(this.burst, this.tokens + this.share);
  }

  /**
   * @param reserve how many must be left afterwards
   * @returns whether one more was within the budget; it is spent now
   */
  spend(reserve = 0): boolean {
    const granted = this.tokens >= 1 + reserve;
    if (granted) this.tokens--;
    this.onSpend?.(granted);
    return granted;
  }
}

/** For asking again after a replica that cannot answer, or the silence of all. */
export function retryBudget(onSpend?: (granted: boolean) => void): RetryBudget {
  return new RetryBudget(RETRY_SHARE, RETRY_BURST, onSpend);
}
