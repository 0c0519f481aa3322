import { CONNECTION_LOST, NO_RESPONDERS, NOT_CONNECTED, type MuxReply, type Unreachable } from '@shoal/nats';
import type { HedgePolicy } from './hedging.js';
import type {
  AttemptOutcome,
  AttemptReason,
  Leg,
  LegAttempt,
  RejectionCode,
  RejectionReason,
} from './leg.js';
import type { DispatchContext, ScatterObserver } from './protocol.js';
import { REJECTION_RETRY_RESERVE } from './retry-budget.js';

/** Codes of a lost connection of this process: no other replica can be reached either. */
const DISCONNECTED: readonly RejectionCode[] = ['connection-lost', 'not-connected'];
/** Codes after which the same replica is retried: it or this process may be failing over to another NATS server. */
const UNREACHABLE: readonly RejectionCode[] = [...DISCONNECTED, 'unreachable'];

/**
 * Delay before unreachable or silent replicas are retried, in ms. When a NATS server is lost, its clients fail over to another one
 * within some ten milliseconds; on a busy machine within some hundred.
 */
const RETRY_DELAY_MS = 200;
/** Maximum retry rounds for unreachable replicas. Further rounds run only while another attempt is in flight. */
const MAX_RETRY_ROUNDS = 2;
/** A response is overdue after this many times the hedge delay: then the policy may spend its reserve. */
const OVERDUE_FACTOR = 4;

/**
 * Sends one batch to a target until a replica responds. The first response wins. This is the whole retry rule:
 *
 * 1. The selector chooses the first replica.
 * 2. A rejection is retried on the next replica immediately. No replica receives the batch twice, except by rules 4 and 5.
 *    When this process has no NATS connection, rule 4 applies, because no other replica can be reached either.
 * 3. A batch without response after the hedge delay is hedged on the next replica. If the budget allows no hedge then, the
 *    hedge is tried again when the response is overdue.
 * 4. When no replica is left, the unreachable ones are retried after `RETRY_DELAY_MS`: `MAX_RETRY_ROUNDS` times, or as long as
 *    another attempt is in flight.
 * 5. When all attempts stay silent for `RETRY_DELAY_MS` after the time of the hedge, one replica is retried. This happens at
 *    most `MAX_RETRY_ROUNDS` times and not within `RETRY_DELAY_MS` of the deadline. A NATS server that dies loses the messages
 *    that it holds, and no client is notified.
 *
 * Retries and hedges are paid from one budget each. Retries by rule 5 leave a reserve for rejections. With an empty budget,
 * or without a replica left, the open legs fail when the last attempt in flight ends.
 */
export class Dispatch<Q, R> {
  private readonly startedAt = performance.now();
  private tried: string[] = [];
  /** Replicas whose last attempt found them unreachable. */
  private unreachable: string[] = [];
  /** Attempts in flight, and a scheduled retry of unreachable replicas. */
  private inFlight = 0;
  private unreachableRounds = 0;
  private silentRounds = 0;
  private isRetryScheduled = false;
  /** Timer of the next hedge, or of the next retry of a silent replica. */
  private silenceTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly target: number,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly context: DispatchContext<Q, R>,
  ) {}

  start(): void {
    if (!this.hasOpenLegs()) return;
    const { hedging, retries } = this.context;
    hedging?.onSend(this.target);
    retries.earn();
    const first = this.nextReplica();
    if (first === null) return this.fail({ code: 'no-replica', detail: 'there is no replica' });
    this.send(first, 'first');
    if (hedging) this.scheduleHedge(hedging);
  }

  private send(replica: string, reason: AttemptReason): void {
    const batch = new InFlightBatch(this.target, replica, reason, this.openLegs(), this.context);
    this.tried.push(replica);
    this.inFlight++;
    this.context.selector.onSend(replica);
    try {
      batch.send(
        (reply) => this.onReply(batch, reply),
        () => this.onTimeout(batch),
      );
    } catch (error) {
      const rejection: RejectionReason = { code: 'unsendable', detail: messageOf(error) };
      batch.end('rejected', rejection.detail);
      this.onRejection(batch, rejection);
    }
  }

  private onReply(batch: InFlightBatch<Q, R>, reply: MuxReply): void {
    const isFirst = this.hasOpenLegs();
    const ms = batch.elapsedMs();
    const rejection = batch.settle(reply, ms);
    if (rejection) return this.onRejection(batch, rejection);
    if (isFirst) this.context.hedging?.onResponse(this.target, ms, batch.reason === 'hedge');
    this.onCompletion(batch);
  }

  private onTimeout(batch: InFlightBatch<Q, R>): void {
    batch.end('timedOut');
    this.onCompletion(batch);
  }

  private onCompletion(batch: InFlightBatch<Q, R>): void {
    this.inFlight--;
    clearTimeout(this.silenceTimer);
    this.context.selector.onComplete(batch.replica, batch.elapsedMs());
  }

  private onRejection({ replica }: InFlightBatch<Q, R>, rejection: RejectionReason): void {
    this.inFlight--;
    this.context.selector.onRejection(replica);
    this.context.protocol.onRejected?.(replica, rejection);
    if (UNREACHABLE.includes(rejection.code)) this.unreachable.push(replica);
    this.retry(rejection, DISCONNECTED.includes(rejection.code) ? null : this.nextReplica());
  }

  /** @param next replica to try; null when none is left */
  private retry(rejection: RejectionReason, next: string | null): void {
    if (!this.hasOpenLegs()) return;
    if (next !== null && this.context.retries.spend()) return this.send(next, 'retry');
    const hasRound = this.unreachableRounds < MAX_RETRY_ROUNDS || this.inFlight > 0;
    if (next === null && this.unreachable.length > 0 && hasRound) this.scheduleUnreachableRetry(rejection);
    if (this.inFlight === 0) this.fail(rejection);
  }

  /** Runs beside an attempt in flight too, because that attempt may be lost with the same NATS server. */
  private scheduleUnreachableRetry(rejection: RejectionReason): void {
    if (this.isRetryScheduled) return;
    this.isRetryScheduled = true;
    this.unreachableRounds++;
    this.inFlight++;
    setTimeout(() => {
      this.isRetryScheduled = false;
      this.inFlight--;
      const retried = this.unreachable.splice(0);
      this.tried = this.tried.filter((replica) => !retried.includes(replica));
      this.retry(rejection, this.nextReplica());
    }, RETRY_DELAY_MS);
  }

  private scheduleHedge(hedging: HedgePolicy): void {
    const delayMs = hedging.delayMs(this.target);
    if (delayMs === Infinity) return;
    this.silenceTimer = setTimeout(() => {
      if (this.hedge(hedging, false)) return this.scheduleSilenceRetry();
      this.silenceTimer = setTimeout(
        () => {
          this.hedge(hedging, true);
          this.scheduleSilenceRetry();
        },
        (OVERDUE_FACTOR - 1) * delayMs,
      );
    }, delayMs);
  }

  /** @returns false when the budget does not allow the hedge; true also when no other replica is left */
  private hedge(hedging: HedgePolicy, overdue: boolean): boolean {
    const second = this.nextReplica();
    if (!this.hasOpenLegs() || second === null) return true;
    if (!hedging.spend(overdue)) return false;
    this.send(second, 'hedge');
    return true;
  }

  private scheduleSilenceRetry(): void {
    if (!this.hasOpenLegs() || this.silentRounds++ === MAX_RETRY_ROUNDS) return;
    this.silenceTimer = setTimeout(() => {
      this.retryAfterSilence();
      this.scheduleSilenceRetry();
    }, RETRY_DELAY_MS);
  }

  private retryAfterSilence(): void {
    const leftMs = Math.max(...this.openLegs().map(({ deadline }) => deadline)) - performance.now();
    if (this.isRetryScheduled || leftMs < RETRY_DELAY_MS) return;
    const untried = this.nextReplica();
    const replica = untried ?? this.choose([]);
    if (replica === null || !this.context.retries.spend(REJECTION_RETRY_RESERVE)) return;
    if (untried === null) this.tried = [];
    this.send(replica, 'retry');
  }

  private fail(rejection: RejectionReason): void {
    const roundTripMs = performance.now() - this.startedAt;
    for (const leg of this.openLegs()) leg.fail(this.tried.at(-1) ?? null, rejection, roundTripMs);
  }

  private openLegs(): Leg<Q, R>[] {
    return this.legs.filter(({ isSettled }) => !isSettled);
  }

  private hasOpenLegs(): boolean {
    return this.legs.some(({ isSettled }) => !isSettled);
  }

  /** @returns a replica that has not been tried, or null when none is left */
  private nextReplica(): string | null {
    return this.choose(this.tried);
  }

  private choose(except: readonly string[]): string | null {
    const { selector, protocol } = this.context;
    return selector.choose(protocol.replicas(this.target).filter((replica) => !except.includes(replica)));
  }
}

const UNREACHABLE_REASONS: Record<Unreachable, RejectionReason> = {
  [NO_RESPONDERS]: { code: 'unreachable', detail: NO_RESPONDERS },
  [CONNECTION_LOST]: { code: 'connection-lost', detail: CONNECTION_LOST },
  [NOT_CONNECTED]: { code: 'not-connected', detail: NOT_CONNECTED },
};

/** One message to one replica, with the legs that were open when it was sent. */
class InFlightBatch<Q, R> {
  private readonly sentAt = performance.now();
  /** Attempts as the observer sees them, one per leg; empty without an observer. */
  private readonly observed: ReturnType<ScatterObserver<Q>['onSend']>[];
  private readonly attempts: LegAttempt[];
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly target: number,
    readonly replica: string,
    readonly reason: AttemptReason,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly context: DispatchContext<Q, R>,
  ) {
    const { observer } = context;
    this.observed = observer
      ? legs.map(({ query }) => observer.onSend({ target, replica, reason, query }))
      : [];
    this.attempts = legs.map((leg) => leg.startAttempt(replica, reason));
  }

  /**
   * Calls one of the callbacks, once.
   * @param onTimeout runs when the deadlines of all legs have passed
   * @throws when the batch cannot be encoded or published
   */
  send(onReply: (reply: MuxReply) => void, onTimeout: () => void): void {
    const { mux, protocol } = this.context;
    let longestMs = 0;
    const queries = this.legs.map(({ query, deadline }, index) => {
      const budgetMs = Math.max(0, deadline - this.sentAt);
      longestMs = Math.max(longestMs, budgetMs);
      return { query: this.observed[index]?.query ?? query, budgetMs };
    });
    const payload = protocol.encode(this.target, queries);
    const cancel = mux.request(protocol.subject(this.replica), payload, (reply) => {
      clearTimeout(this.timer);
      onReply(reply);
    });
    // Rounded up: a timer drops fractions and would miss a response in the last millisecond.
    this.timer = setTimeout(() => {
      cancel();
      onTimeout();
    }, Math.ceil(longestMs));
  }

  /** Time since the batch was sent, in ms. */
  elapsedMs(): number {
    return performance.now() - this.sentAt;
  }

  /** @returns the rejection, or null when all legs have their outcome */
  settle(reply: MuxReply, roundTripMs: number): RejectionReason | null {
    const decoded =
      'unreachable' in reply
        ? { rejected: UNREACHABLE_REASONS[reply.unreachable] }
        : this.decode(reply.payload);
    if ('rejected' in decoded) {
      this.end('rejected', decoded.rejected.detail);
      return decoded.rejected;
    }
    this.legs.forEach((leg, index) => {
      const result = decoded.results[index] ?? null;
      const outcome = result === null ? 'expired' : leg.isSettled ? 'late' : 'answered';
      if (result === null) leg.expire(this.replica, roundTripMs);
      else leg.answer(this.replica, result, roundTripMs);
      this.endAttempt(index, outcome);
    });
    return null;
  }

  /** Ends the attempts of all legs alike. @param detail reason of a rejection */
  end(outcome: AttemptOutcome, detail?: string): void {
    this.legs.forEach((_, index) => this.endAttempt(index, outcome, detail));
  }

  private endAttempt(index: number, outcome: AttemptOutcome, detail?: string): void {
    this.observed[index]?.ended(outcome, detail);
    this.attempts[index]?.end(outcome, detail);
  }

  private decode(payload: string): { results: (R | null)[] } | { rejected: RejectionReason } {
    try {
      return this.context.protocol.decode(payload, this.target);
    } catch (error) {
      return { rejected: { code: 'unreadable', detail: messageOf(error) } };
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
