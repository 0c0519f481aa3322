import type { RequestMux } from '@shoal/nats';
import type { HedgePolicy } from './hedging.js';
import type { AttemptOutcome, AttemptReason, RejectionReason } from './leg.js';
import type { ReplicaSelector } from './replica-selector.js';
import type { RetryPolicy } from './retry-budget.js';

/** Wire protocol between the caller and its targets: names the replicas, encodes batches, decodes replies. */
export interface TargetProtocol<Q, R> {
  /** Returns the subject to which only this replica subscribes. */
  subject(replica: string): string;
  /** Returns the replicas that can serve a target now. */
  replicas(target: number): readonly string[];
  /** Returns the weight of a query, by which messages and replies stay bounded. */
  weigh(query: Q): number;
  /** Maximum weight of one message, unless a single query is heavier. */
  readonly maxWeight: number;
  /** Encodes one message for all queries; `budgetMs` is the time each query has left when the message is sent. */
  encode(target: number, queries: { query: Q; budgetMs: number }[]): string;
  /**
   * Decodes a reply: one result per query, in order, or null for a query that the replica dropped after its deadline.
   * Returns `rejected` when another replica must serve the batch. An error that is thrown counts as `unreadable`.
   */
  decode(payload: string, target: number): { results: (R | null)[] } | { rejected: RejectionReason };
  /** Notified of each rejection, for counters and logs. */
  onRejected?(replica: string, reason: RejectionReason): void;
}

/** One query that is about to be sent to one replica. */
export interface Attempt<Q> {
  target: number;
  replica: string;
  reason: AttemptReason;
  query: Q;
}

/** Receives every attempt, for tracing. */
export interface ScatterObserver<Q> {
  /** Returns the query to send, for example with the trace context of this attempt. */
  onSend(attempt: Attempt<Q>): {
    query: Q;
    /** Called once. @param detail reason of a rejection */
    ended(outcome: AttemptOutcome, detail?: string): void;
  };
}

/** Parts that all dispatches of a scatter share. */
export interface DispatchContext<Q, R> {
  readonly mux: RequestMux;
  readonly selector: ReplicaSelector;
  readonly protocol: TargetProtocol<Q, R>;
  readonly hedging: HedgePolicy | null;
  readonly retries: RetryPolicy;
  readonly observer: ScatterObserver<Q> | null;
}
