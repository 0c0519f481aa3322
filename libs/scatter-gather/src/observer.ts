/**
 * Why a query is sent: the first time, again because a replica could not answer or all are silent, or to a second replica because the first
 * takes long.
 */
export type AttemptReason = 'first' | 'retry' | 'hedge';

/** One query on its way to one replica. */
export interface Attempt<Q> {
  target: number;
  replica: string;
  reason: AttemptReason;
  query: Q;
}

/**
 * What came of an attempt:
 * - `answered`: its answer counts
 * - `late`: it answered when another answer, or the deadline, had come before
 * - `expired`: the replica dropped the query, its time being over
 * - `timedOut`: no answer until the deadline
 * - `rejected`: the replica cannot answer, or is not there
 */
export type AttemptOutcome = 'answered' | 'late' | 'expired' | 'timedOut' | 'rejected';

/** Sees every attempt, as for tracing. */
export interface ScatterObserver<Q> {
  /** A query is about to be sent. It may be sent in another form: with the trace context of this attempt, say. */
  onSend(attempt: Attempt<Q>): {
    query: Q;
    /** Called once. @param detail why the replica rejected */
    ended(outcome: AttemptOutcome, detail?: string): void;
  };
}
