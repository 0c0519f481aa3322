import { CONNECTION_LOST, NO_RESPONDERS, NOT_CONNECTED } from '@shoal/nats';
import { KEPT_FOR_REFUSALS } from './budget.js';
import type { HedgePolicy } from './hedging.js';
import type { Leg } from './leg.js';
import { Message } from './message.js';
import type { AttemptReason } from './observer.js';
import type { Means } from './protocol.js';

/** It is our connection that is gone: no replica's fault, and no other could be asked. */
const OURS: readonly string[] = [CONNECTION_LOST, NOT_CONNECTED];
const AWAY: readonly string[] = [...OURS, NO_RESPONDERS];

/**
 * How long after replicas were not there, or have all been silent, they are asked again, in ms: when a NATS server is lost, its
 * clients need some ten milliseconds to another one, and on a busy machine some hundred.
 */
const AGAIN_MS = 200;
/** And how often, unless another try is waited for in any case: who is not back then is asked by later queries. */
const ROUNDS = 2;

/** An answer for which no hedge was left is overdue after this many times the wait for a hedge. */
const OVERDUE = 4;

/**
 * The tries to get one message answered: a replica chosen by the board; the next one at once when it cannot answer (a
 * retry); a second one beside it when it takes long (a hedge); when no other is left, those that were not there, or are silent, again in a
 * moment. The first answer counts. Retries and hedges have a budget each.
 */
export class Attempts<Q, R> {
  private tried: string[] = [];
  private underWay = 0;
  /** Replicas that were not there when they were asked last. */
  private away: string[] = [];
  private awayRounds = 0;
  private isWaitingForAway = false;
  private silentRounds = 0;
  private readonly began = performance.now();
  private hedgeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly shard: number,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly means: Means<Q, R>,
  ) {}

  begin(): void {
    if (this.open().length === 0) return;
    const { hedging, retries } = this.means;
    hedging?.sent(this.shard);
    retries.earn();
    const first = this.next();
    if (first === null) return this.fail('there is no replica');
    this.ask(first, 'first');
    if (hedging) this.hedgeAfter(hedging.delayMs(this.shard), hedging);
  }

  /** @param next to be asked; null when there is none left */
  private retry(reason: string, next: string | null): void {
    if (this.open().length === 0) return;
    if (next !== null && this.means.retries.spend()) return this.ask(next, 'retry');
    const mayWait = this.awayRounds < ROUNDS || this.underWay > 0;
    if (next === null && this.away.length > 0 && mayWait) this.waitForAway(reason);
    // While another try is under way there is still somebody to wait for.
    if (this.underWay === 0) this.fail(reason);
  }

  /** Also when another try is under way: it may be lost with the same NATS server. */
  private waitForAway(reason: string): void {
    if (this.isWaitingForAway) return;
    this.isWaitingForAway = true;
    this.awayRounds++;
    this.underWay++;
    setTimeout(() => {
      this.isWaitingForAway = false;
      this.underWay--;
      const back = this.away.splice(0);
      this.tried = this.tried.filter((replica) => !back.includes(replica));
      this.retry(reason, this.next());
    }, AGAIN_MS);
  }

  private hedgeAfter(delayMs: number, hedging: HedgePolicy): void {
    if (delayMs === Infinity) return;
    this.hedgeTimer = setTimeout(() => {
      if (this.hedge(hedging, false)) return this.againAfterSilence();
      this.hedgeTimer = setTimeout(
        () => {
          this.hedge(hedging, true);
          this.againAfterSilence();
        },
        (OVERDUE - 1) * delayMs,
      );
    }, delayMs);
  }

  private againAfterSilence(): void {
    if (this.open().length === 0 || this.silentRounds++ === ROUNDS) return;
    this.hedgeTimer = setTimeout(() => {
      this.breakSilence();
      this.againAfterSilence();
    }, AGAIN_MS);
  }

  /**
   * A NATS server that dies takes with it what it has in hand, and nobody is told when it is not our own. When all replicas were its
   * clients, the first try and its hedge are both lost.
   */
  private breakSilence(): void {
    const leftMs = Math.max(...this.open().map(({ deadline }) => deadline)) - performance.now();
    if (this.isWaitingForAway || leftMs < AGAIN_MS) return;
    const untried = this.next();
    const replica = untried ?? this.choose([]);
    if (replica === null || !this.means.retries.spend(KEPT_FOR_REFUSALS)) return;
    if (untried === null) this.tried = [];
    this.ask(replica, 'retry');
  }

  /** @returns false when the budget does not allow it; true also when there is nobody else */
  private hedge(hedging: HedgePolicy, overdue: boolean): boolean {
    const waiting = this.open();
    const second = this.next();
    if (waiting.length === 0 || second === null) return true;
    if (!hedging.spend(overdue)) return false;
    for (const leg of waiting) leg.hedged = true;
    this.ask(second, 'hedge');
    return true;
  }

  private fail(reason: string): void {
    const roundTripMs = performance.now() - this.began;
    for (const leg of this.open())
      leg.settle({ outcome: 'failed', replica: this.tried.at(-1) ?? null, reason, roundTripMs });
  }

  private open(): Leg<Q, R>[] {
    return this.legs.filter((leg) => !leg.settled);
  }

  /** @returns the replica to ask next, or null when all have been */
  private next(): string | null {
    return this.choose(this.tried);
  }

  private choose(except: readonly string[]): string | null {
    const { board, protocol } = this.means;
    return board.choose(protocol.replicas(this.shard).filter((replica) => !except.includes(replica)));
  }

  private ask(replica: string, reason: AttemptReason): void {
    const { mux, board, protocol, hedging } = this.means;
    const sent = performance.now();
    const message = new Message(this.shard, replica, this.open(), this.means, reason);
    const queries = message.queries(sent);
    this.tried.push(replica);
    this.underWay++;
    board.began(replica);
    let giveUp: NodeJS.Timeout | undefined;
    /** @param refused why the replica could not answer; null when it did, or was waited for to the end */
    const ended = (refused: string | null): void => {
      clearTimeout(giveUp);
      this.underWay--;
      if (refused === null) this.answered(replica, performance.now() - sent);
      else this.refused(replica, refused);
    };
    try {
      const payload = protocol.encode(this.shard, queries);
      const forget = mux.request(protocol.subject(replica), payload, (reply) => {
        const isFirst = this.open().length > 0;
        const ms = performance.now() - sent;
        const refused = message.settle(reply, ms);
        if (isFirst && refused === null) hedging?.answered(this.shard, ms, reason === 'hedge');
        ended(refused);
      });
      // Not the queries' own deadline (each gather has its timer) but the end of this message's: nobody waits any more.
      // Rounded up: a timer cuts fractions off, and would be deaf to an answer in the last millisecond.
      const longest = Math.ceil(Math.max(...queries.map(({ budgetMs }) => budgetMs)));
      giveUp = setTimeout(() => {
        forget();
        message.givenUp();
        ended(null);
      }, longest);
    } catch (error) {
      // The broker does not take such a message.
      const refused = error instanceof Error ? error.message : String(error);
      message.refused(refused);
      ended(refused);
    }
  }

  private answered(replica: string, ms: number): void {
    clearTimeout(this.hedgeTimer);
    this.means.board.ended(replica, ms);
  }

  private refused(replica: string, reason: string): void {
    this.means.board.refused(replica);
    this.means.protocol.onRefused?.(replica, reason);
    if (AWAY.includes(reason)) this.away.push(replica);
    this.retry(reason, OURS.includes(reason) ? null : this.next());
  }
}
