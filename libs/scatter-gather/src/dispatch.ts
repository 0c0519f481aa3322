import { CONNECTION_LOST, NO_RESPONDERS, NOT_CONNECTED } from '@shoal/nats';
import { REJECTION_RETRY_RESERVE } from './retry-budget.js';
import type { HedgePolicy } from './hedging.js';
import type { Leg } from './leg.js';
import { InFlightBatch } from './in-flight-batch.js';
import type { AttemptReason } from './observer.js';
import type { DispatchContext } from './protocol.js';

/** It is our connection that is gone: no replica's fault, and no other could be asked. */
const DISCONNECTED: readonly string[] = [CONNECTION_LOST, NOT_CONNECTED];
const UNREACHABLE: readonly string[] = [...DISCONNECTED, NO_RESPONDERS];

/**
 * How long after replicas were not there, or have all been silent, they are asked again, in ms: when a NATS server is lost, its
 * clients need some ten milliseconds to another one, and on a busy machine some hundred.
 */
const RETRY_DELAY_MS = 200;
/** And how often, unless another try is waited for in any case: who is not back then is asked by later queries. */
const MAX_RETRY_ROUNDS = 2;

/** An answer for which no hedge was left is overdue after this many times the wait for a hedge. */
const OVERDUE_FACTOR = 4;

/**
 * The tries to get one message answered: a replica chosen by the board; the next one at once when it cannot answer (a
 * retry); a second one beside it when it takes long (a hedge); when no other is left, those that were not there, or are silent, again in a
 * moment. The first answer counts. Retries and hedges have a budget each.
 */
export class Dispatch<Q, R> {
  private tried: string[] = [];
  private inFlight = 0;
  /** Replicas that were not there when they were asked last. */
  private unreachable: string[] = [];
  private unreachableRounds = 0;
  private isRetryScheduled = false;
  private timeoutRounds = 0;
  private readonly began = performance.now();
  private hedgeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly shard: number,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly means: DispatchContext<Q, R>,
  ) {}

  start(): void {
    if (this.openLegs().length === 0) return;
    const { hedging, retries } = this.means;
    hedging?.onSend(this.shard);
    retries.earn();
    const first = this.nextReplica();
    if (first === null) return this.fail('there is no replica');
    this.send(first, 'first');
    if (hedging) this.hedgeAfter(hedging.delayMs(this.shard), hedging);
  }

  /** @param next to be asked; null when there is none left */
  private retry(reason: string, next: string | null): void {
    if (this.openLegs().length === 0) return;
    if (next !== null && this.means.retries.spend()) return this.send(next, 'retry');
    const mayWait = this.unreachableRounds < MAX_RETRY_ROUNDS || this.inFlight > 0;
    if (next === null && this.unreachable.length > 0 && mayWait) this.scheduleUnreachableRetry(reason);
    // While another try is under way there is still somebody to wait for.
    if (this.inFlight === 0) this.fail(reason);
  }

  /** Also when another try is under way: it may be lost with the same NATS server. */
  private scheduleUnreachableRetry(reason: string): void {
    if (this.isRetryScheduled) return;
    this.isRetryScheduled = true;
    this.unreachableRounds++;
    this.inFlight++;
    setTimeout(() => {
      this.isRetryScheduled = false;
      this.inFlight--;
      const back = this.unreachable.splice(0);
      this.tried = this.tried.filter((replica) => !back.includes(replica));
      this.retry(reason, this.nextReplica());
    }, RETRY_DELAY_MS);
  }

  private hedgeAfter(delayMs: number, hedging: HedgePolicy): void {
    if (delayMs === Infinity) return;
    this.hedgeTimer = setTimeout(() => {
      if (this.hedge(hedging, false)) return this.scheduleTimeoutRetry();
      this.hedgeTimer = setTimeout(
        () => {
          this.hedge(hedging, true);
          this.scheduleTimeoutRetry();
        },
        (OVERDUE_FACTOR - 1) * delayMs,
      );
    }, delayMs);
  }

  private scheduleTimeoutRetry(): void {
    if (this.openLegs().length === 0 || this.timeoutRounds++ === MAX_RETRY_ROUNDS) return;
    this.hedgeTimer = setTimeout(() => {
      this.retryAfterTimeout();
      this.scheduleTimeoutRetry();
    }, RETRY_DELAY_MS);
  }

  /**
   * A NATS server that dies takes with it what it has in hand, and nobody is told when it is not our own. When all replicas were its
   * clients, the first try and its hedge are both lost.
   */
  private retryAfterTimeout(): void {
    const leftMs = Math.max(...this.openLegs().map(({ deadline }) => deadline)) - performance.now();
    if (this.isRetryScheduled || leftMs < RETRY_DELAY_MS) return;
    const untried = this.nextReplica();
    const replica = untried ?? this.choose([]);
    if (replica === null || !this.means.retries.spend(REJECTION_RETRY_RESERVE)) return;
    if (untried === null) this.tried = [];
    this.send(replica, 'retry');
  }

  /** @returns false when the budget does not allow it; true also when there is nobody else */
  private hedge(hedging: HedgePolicy, overdue: boolean): boolean {
    const waiting = this.openLegs();
    const second = this.nextReplica();
    if (waiting.length === 0 || second === null) return true;
    if (!hedging.spend(overdue)) return false;
    for (const leg of waiting) leg.hedged = true;
    this.send(second, 'hedge');
    return true;
  }

  private fail(reason: string): void {
    const roundTripMs = performance.now() - this.began;
    for (const leg of this.openLegs())
      leg.settle({ outcome: 'failed', replica: this.tried.at(-1) ?? null, reason, roundTripMs });
  }

  private openLegs(): Leg<Q, R>[] {
    return this.legs.filter((leg) => !leg.settled);
  }

  /** @returns the replica to ask next, or null when all have been */
  private nextReplica(): string | null {
    return this.choose(this.tried);
  }

  private choose(except: readonly string[]): string | null {
    const { selector: board, protocol } = this.means;
    return board.choose(protocol.replicas(this.shard).filter((replica) => !except.includes(replica)));
  }

  private send(replica: string, reason: AttemptReason): void {
    const { mux, selector: board, protocol, hedging } = this.means;
    const sent = performance.now();
    const message = new InFlightBatch(this.shard, replica, this.openLegs(), this.means, reason);
    const queries = message.queries(sent);
    this.tried.push(replica);
    this.inFlight++;
    board.onSend(replica);
    let giveUp: NodeJS.Timeout | undefined;
    /** @param rejected why the replica could not answer; null when it did, or was waited for to the end */
    const ended = (rejected: string | null): void => {
      clearTimeout(giveUp);
      this.inFlight--;
      if (rejected === null) this.onResponse(replica, performance.now() - sent);
      else this.onRejection(replica, rejected);
    };
    try {
      const payload = protocol.encode(this.shard, queries);
      const forget = mux.request(protocol.subject(replica), payload, (reply) => {
        const isFirst = this.openLegs().length > 0;
        const ms = performance.now() - sent;
        const rejected = message.settle(reply, ms);
        if (isFirst && rejected === null) hedging?.onResponse(this.shard, ms, reason === 'hedge');
        ended(rejected);
      });
      // Not the queries' own deadline (each gather has its timer) but the end of this message's: nobody waits any more.
      // Rounded up: a timer cuts fractions off, and would be deaf to an answer in the last millisecond.
      const longest = Math.ceil(Math.max(...queries.map(({ budgetMs }) => budgetMs)));
      giveUp = setTimeout(() => {
        forget();
        message.timedOut();
        ended(null);
      }, longest);
    } catch (error) {
      // The broker does not take such a message.
      const rejected = error instanceof Error ? error.message : String(error);
      message.rejected(rejected);
      ended(rejected);
    }
  }

  private onResponse(replica: string, ms: number): void {
    clearTimeout(this.hedgeTimer);
    this.means.selector.onComplete(replica, ms);
  }

  private onRejection(replica: string, reason: string): void {
    this.means.selector.onRejection(replica);
    this.means.protocol.onRejected?.(replica, reason);
    if (UNREACHABLE.includes(reason)) this.unreachable.push(replica);
    this.retry(reason, DISCONNECTED.includes(reason) ? null : this.nextReplica());
  }
}
