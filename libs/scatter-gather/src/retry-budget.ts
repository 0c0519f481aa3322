/** Retries per message: a share small enough not to overload the replicas that are left when others fail. */
const RETRY_SHARE = 0.1;
/** Retries saved up: enough for the messages in flight to several replicas when these become unreachable. */
const RETRY_BURST = 50;
/** Retries that a retry after silence leaves for rejections: a slow replica gains nothing by a retry, a rejected message does. */
export const REJECTION_RETRY_RESERVE = RETRY_BURST / 2;

/** Decides whether a message may be retried, after a rejection or the silence of all replicas. */
export interface RetryPolicy {
  /** Notified of each new message. */
  earn(): void;
  /**
   * Takes one retry from the budget.
   * @param reserve retries that must be left afterwards
   * @returns whether the message may be retried
   */
  spend(reserve?: number): boolean;
}

/**
 * Token bucket that limits extra messages (hedges, retries) to a share of the new ones. When every message is slow or
 * rejected, the load grows by that share instead of a multiple. Sources: for hedges Dean and Barroso, "The Tail at Scale",
 * 2013; for retries Beyer et al., "Site Reliability Engineering", 2016, chapter 21, "Handling Overload".
 */
export class RetryBudget implements RetryPolicy {
  private tokens: number;

  /**
   * @param share extra messages per message, 0.05 for 5 %
   * @param burst maximum of saved up extra messages
   * @param onSpend notified of every request for an extra message, and whether it was granted
   */
  constructor(
    private readonly share: number,
    private readonly burst: number,
    private readonly onSpend?: (granted: boolean) => void,
  ) {
    this.tokens = burst;
  }

  /** Earns a part of an extra message. */
  earn(): void {
    this.tokens = Math.min(this.burst, this.tokens + this.share);
  }

  /**
   * Takes one extra message from the budget.
   * @param reserve extra messages that must be left afterwards
   * @returns whether the budget allowed it
   */
  spend(reserve = 0): boolean {
    const granted = this.tokens >= 1 + reserve;
    if (granted) this.tokens--;
    this.onSpend?.(granted);
    return granted;
  }
}

/** Returns the budget for retries after a rejection or the silence of all replicas. */
export function retryBudget(onSpend?: (granted: boolean) => void): RetryBudget {
  return new RetryBudget(RETRY_SHARE, RETRY_BURST, onSpend);
}
