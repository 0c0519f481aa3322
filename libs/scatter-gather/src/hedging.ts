/**
 * Decides when a batch is hedged: sent to a second replica because the first one is slow. The first response wins.
 * Source: Dean and Barroso, "The Tail at Scale", 2013. A policy measures the latency of each target, derives the delay of the
 * hedge from it, and limits hedges by a budget.
 */
export interface HedgePolicy {
  /** Notified of each new batch for a target, by which the budget for hedges grows. */
  onSend(target: number): void;
  /**
   * Notified of the first response to a batch. Timeouts and second responses are left out. Otherwise one replica that hangs
   * would raise the measured latency, and hedges would come late or never.
   * @param ms time since the batch was sent to this replica
   * @param byHedge whether the hedge was faster than the first attempt
   */
  onResponse(target: number, ms: number, byHedge: boolean): void;
  /**
   * Returns the time to wait for a response before hedging, in ms. Infinity disables hedges, and retries after silence with
   * them.
   */
  delayMs(target: number): number;
  /**
   * Takes one hedge from the budget.
   * @param overdue whether the response is more than late, for which a policy may hold a reserve
   * @returns whether the budget allows it
   */
  spend(overdue: boolean): boolean;
}
