/**
 * Purpose of an attempt:
 * - `first`: the first attempt of a leg
 * - `retry`: another attempt after a rejection, or after a timeout of all replicas
 * - `hedge`: an attempt on a second replica because the first one is slow
 */
export type AttemptReason = 'first' | 'retry' | 'hedge';

/**
 * Result of an attempt:
 * - `answered`: its result was used
 * - `late`: its result came after another result or after the deadline
 * - `expired`: the replica dropped the query because its deadline had passed
 * - `timedOut`: no response before the deadline
 * - `rejected`: the replica declined the query or was unreachable
 */
export type AttemptOutcome = 'answered' | 'late' | 'expired' | 'timedOut' | 'rejected';

/**
 * Kind of a rejection, for decisions:
 * - `unreachable`: no process subscribes to the replica's subject
 * - `connection-lost`: the request was sent, and this process lost its NATS connection before the reply
 * - `not-connected`: the request was not sent because this process has no NATS connection
 * - `declined`: the replica responded that it cannot serve the batch
 * - `no-shard-answered`: the replica is itself a root, and none of its own targets answered
 * - `unreadable`: the reply could not be decoded
 * - `unsendable`: the batch could not be encoded or published
 * - `no-replica`: the target has no replica
 */
export type RejectionCode =
  | 'unreachable'
  | 'connection-lost'
  | 'not-connected'
  | 'declined'
  | 'no-shard-answered'
  | 'unreadable'
  | 'unsendable'
  | 'no-replica';

/** Reason for which a replica did not serve a batch: a code for decisions, and a detail for logs and profiles. */
export interface RejectionReason {
  readonly code: RejectionCode;
  readonly detail: string;
}

/** Outcome of one target's part of a query. */
export interface LegOutcome<R> {
  target: number;
  /** `timedOut`: no result before the deadline. `failed`: no replica left that can answer. */
  outcome: 'answered' | 'timedOut' | 'failed';
  /** Replica that answered; without an answer the one of the last attempt. */
  replica: string | null;
  result?: R;
  /** Last rejection, when the leg has failed. */
  reason?: RejectionReason;
  /** Whether a second replica received the query because the first one was slow. */
  hedged: boolean;
  /** All attempts in the order of their start. Attempts that lost may still be in flight and end later. */
  attempts: readonly LegAttempt[];
  /** Time from sending the message to its reply, in ms; includes the replica's own time. */
  roundTripMs: number;
}

/** One target's part of a query. */
export class Leg<Q, R> {
  private readonly attempts: LegAttempt[] = [];
  private replica: string | null = null;
  private hedged = false;
  private settledAs: LegOutcome<R> | null = null;

  /**
   * @param deadline by `performance.now()`
   * @param onSettled runs once, when the leg has its outcome
   */
  constructor(
    readonly target: number,
    readonly query: Q,
    readonly deadline: number,
    private readonly onSettled: () => void,
  ) {}

  /** Outcome of the leg; null while attempts are in flight. */
  get outcome(): LegOutcome<R> | null {
    return this.settledAs;
  }

  get isSettled(): boolean {
    return this.settledAs !== null;
  }

  /** Records that the query is about to be sent to a replica. */
  startAttempt(replica: string, reason: AttemptReason): LegAttempt {
    const attempt = new LegAttempt(replica, reason);
    this.replica = replica;
    if (reason === 'hedge') this.hedged = true;
    this.attempts.push(attempt);
    return attempt;
  }

  answer(replica: string, result: R, roundTripMs: number): void {
    this.settle('answered', replica, roundTripMs, { result });
  }

  /** Settles the leg because the replica dropped its query after the deadline. */
  expire(replica: string, roundTripMs: number): void {
    this.settle('timedOut', replica, roundTripMs);
  }

  /** Settles the leg, and ends the attempts in flight, because the deadline has passed. */
  timeOut(roundTripMs: number): void {
    if (this.isSettled) return;
    for (const attempt of this.attempts) attempt.end('timedOut');
    this.settle('timedOut', this.replica, roundTripMs);
  }

  /** @param replica that rejected the query last; null when there is none */
  fail(replica: string | null, reason: RejectionReason, roundTripMs: number): void {
    this.settle('failed', replica, roundTripMs, { reason });
  }

  /** The first outcome counts. */
  private settle(
    outcome: LegOutcome<R>['outcome'],
    replica: string | null,
    roundTripMs: number,
    more?: Pick<LegOutcome<R>, 'result' | 'reason'>,
  ): void {
    if (this.isSettled) return;
    const { target, hedged, attempts } = this;
    this.settledAs = { target, hedged, attempts, outcome, replica, roundTripMs, ...more };
    this.onSettled();
  }
}

/** One attempt of a leg, for profiles. Times by `performance.now()`. */
export class LegAttempt {
  readonly began = performance.now();
  /** End of the attempt; null while it is in flight. */
  ended: number | null = null;
  outcome: AttemptOutcome | null = null;
  /** Detail of a rejection. */
  detail: string | undefined;

  constructor(
    readonly replica: string,
    readonly reason: AttemptReason,
  ) {}

  /** Records the first end only: a reply may arrive after the deadline has ended the attempt. */
  end(outcome: AttemptOutcome, detail?: string): void {
    if (this.ended !== null) return;
    this.ended = performance.now();
    this.outcome = outcome;
    this.detail = detail;
  }
}
