/** When a message may be sent a second time, to another replica. */
export interface HedgePolicy {
  /** A message to this shard leaves. */
  onSend(shard: number): void;
  /**
   * Its first answer came `ms` after this replica was asked. Waits in vain and second answers are not told: one replica that
   * hangs would make its shard look slow, and hedges, the cure for that, would come late or not at all.
   * @param byHedge it was a hedge that was quicker than who was asked first
   */
  onResponse(shard: number, ms: number, byHedge: boolean): void;
  /** How long to wait for an answer before hedging, in ms; Infinity when nobody is to be asked besides, however long it takes. */
  delayMs(shard: number): number;
  /**
   * Whether one more hedge is within the budget; if so, it is spent.
   * @param overdue it is for an answer that is more than late, for which something may be kept in reserve
   */
  spend(overdue: boolean): boolean;
}
