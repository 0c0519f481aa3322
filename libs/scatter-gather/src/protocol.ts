import type { RequestMux } from '@shoal/nats';
import type { RetryPolicy } from './retry-budget.js';
import type { HedgePolicy } from './hedging.js';
import type { ScatterObserver } from './observer.js';
import type { ReplicaSelector } from './replica-selector.js';

/** What a message to a replica means: the caller's part of the protocol. */
export interface TargetProtocol<Q, R> {
  /** Subject on which one replica, and nobody else, listens. */
  subject(replica: string): string;
  /** Members that can answer for a shard now. */
  replicas(shard: number): readonly string[];
  /** What a query adds to a message and its reply; a message carries at most `maxWeight`. */
  weigh(query: Q): number;
  readonly maxWeight: number;
  /** One message for all queries; `budgetMs` is what each has left as the message leaves. */
  encode(shard: number, queries: { query: Q; budgetMs: number }[]): string;
  /**
   * Reads a reply: one result per query, in order; null for a query that the replica dropped because its time was
   * over; or `rejected` when the replica cannot answer at all and another must. An error thrown counts as rejected.
   */
  decode(payload: string, shard: number): { results: (R | null)[] } | { rejected: string };
  /** A replica could not be used: for counters and logs. */
  onRejected?(replica: string, reason: string): void;
}

/** What all attempts of a scatter share. */
export interface DispatchContext<Q, R> {
  mux: RequestMux;
  selector: ReplicaSelector;
  protocol: TargetProtocol<Q, R>;
  hedging: HedgePolicy | null;
  retries: RetryPolicy;
  observer: ScatterObserver<Q> | null;
}
