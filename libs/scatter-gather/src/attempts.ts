import type { RetryPolicy } from './budget.js';
import type { Leg } from './gather.js';
import type { HedgePolicy } from './hedging.js';
import { CONNECTION_LOST, NO_RESPONDERS, NOT_CONNECTED, type Inbox, type InboxReply } from './inbox.js';
import type { ReplicaBoard } from './replica-board.js';
import type { ShardProtocol } from './shard-channel.js';

/** It is our connection that is gone: no replica's fault, and no other could be asked. */
const OURS: readonly string[] = [CONNECTION_LOST, NOT_CONNECTED];

/**
 * How long after a replica was not there it is asked once more, when there is no other, in ms: when a NATS server is lost, its clients need some ten
 * milliseconds to another one.
 */
const AWAY_MS = 200;

/** An answer for which no hedge was left is overdue after this many times the wait for a hedge. */
const OVERDUE = 4;

/**
 * The tries to get one message answered: a replica chosen by the board; the next one at once when it cannot answer (a
 * retry); a second one beside it when it takes long (a hedge); those that were not there once more in a moment, when no other is left. The
 * first answer counts. Retries and hedges have a budget each.
 */
export class Attempts<Q, R> {
  private tried: string[] = [];
  private underWay = 0;
  /** Replicas that were not there; null once they are asked again. */
  private away: string[] | null = [];
  private hedgeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly shard: number,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly inbox: Inbox,
    private readonly board: ReplicaBoard,
    private readonly protocol: ShardProtocol<Q, R>,
    private readonly hedging: HedgePolicy | null,
    private readonly retries: RetryPolicy,
  ) {}

  begin(): void {
    if (this.open().length === 0) return;
    this.hedging?.sent(this.shard);
    this.retries.earn();
    const first = this.next();
    if (first === null) return this.fail('there is no replica');
    this.ask(first);
    if (this.hedging) this.hedgeAfter(this.hedging.delayMs(this.shard), this.hedging);
  }

  /** @param next to be asked; null when there is none left */
  private retry(reason: string, next: string | null): void {
    if (this.open().length === 0) return;
    if (next !== null && this.retries.spend()) return this.ask(next);
    if (next === null && this.away?.length) return this.onceMore(reason, this.away);
    // While another try is under way there is still somebody to wait for.
    if (this.underWay === 0) this.fail(reason);
  }

  /** Also when another try is under way: it may be lost with the same NATS server. */
  private onceMore(reason: string, away: string[]): void {
    this.away = null;
    this.underWay++;
    setTimeout(() => {
      this.underWay--;
      this.tried = this.tried.filter((replica) => !away.includes(replica));
      this.retry(reason, this.next());
    }, AWAY_MS);
  }

  private hedgeAfter(delayMs: number, hedging: HedgePolicy): void {
    this.hedgeTimer = setTimeout(() => {
      if (this.hedge(hedging, false)) return;
      this.hedgeTimer = setTimeout(() => this.hedge(hedging, true), (OVERDUE - 1) * delayMs);
    }, delayMs);
  }

  /** @returns false when the budget does not allow it */
  private hedge(hedging: HedgePolicy, overdue: boolean): boolean {
    const waiting = this.open();
    const second = this.next();
    if (waiting.length === 0 || second === null) return true;
    if (!hedging.spend(overdue)) return false;
    for (const leg of waiting) leg.hedged = true;
    this.ask(second);
    return true;
  }

  private fail(reason: string): void {
    for (const leg of this.open())
      leg.settle({ outcome: 'failed', replica: this.tried.at(-1) ?? null, reason, roundTripMs: 0 });
  }

  private open(): Leg<Q, R>[] {
    return this.legs.filter((leg) => !leg.settled);
  }

  /** @returns the replica to ask next, or null when all have been */
  private next(): string | null {
    const untried = this.protocol.replicas(this.shard).filter((replica) => !this.tried.includes(replica));
    return this.board.choose(untried);
  }

  private ask(replica: string): void {
    const open = this.open();
    const sent = performance.now();
    const queries = open.map(({ query, deadline }) => ({ query, budgetMs: Math.max(0, deadline - sent) }));
    for (const leg of open) leg.replica = replica;
    this.tried.push(replica);
    this.underWay++;
    this.board.began(replica);
    let giveUp: NodeJS.Timeout | undefined;
    /** @param refused why the replica could not answer; null when it did, or was waited for to the end */
    const ended = (refused: string | null): void => {
      clearTimeout(giveUp);
      this.underWay--;
      if (refused === null) this.answered(replica, performance.now() - sent);
      else this.refused(replica, refused);
    };
    try {
      const payload = this.protocol.encode(this.shard, queries);
      const forget = this.inbox.ask(this.protocol.subject(replica), payload, (reply) => {
        const isFirst = this.open().length > 0;
        const ms = performance.now() - sent;
        const refused = this.settle(open, replica, reply, ms);
        if (isFirst && refused === null) this.hedging?.answered(this.shard, ms);
        ended(refused);
      });
      // Not the queries' own deadline (each gather has its timer) but the end of this message's: nobody waits any more.
      const longest = Math.max(...queries.map(({ budgetMs }) => budgetMs));
      giveUp = setTimeout(() => {
        forget();
        ended(null);
      }, longest);
    } catch (error) {
      // The broker does not take such a message.
      ended(error instanceof Error ? error.message : String(error));
    }
  }

  private answered(replica: string, ms: number): void {
    clearTimeout(this.hedgeTimer);
    this.board.ended(replica, ms);
  }

  private refused(replica: string, reason: string): void {
    this.board.refused(replica);
    this.protocol.onRefused?.(replica, reason);
    const ours = OURS.includes(reason);
    if (ours || reason === NO_RESPONDERS) this.away?.push(replica);
    this.retry(reason, ours ? null : this.next());
  }

  /** @returns why another replica must be asked, or null when all legs have their outcome */
  private settle(legs: Leg<Q, R>[], replica: string, reply: InboxReply, roundTripMs: number): string | null {
    if ('nobody' in reply) return reply.nobody;
    const answer = this.read(reply.payload);
    if ('refused' in answer) return answer.refused;
    legs.forEach((leg, index) => {
      const result = answer.results[index] ?? null;
      if (result === null) leg.settle({ outcome: 'timedOut', replica, roundTripMs });
      else leg.settle({ outcome: 'answered', replica, result, roundTripMs });
    });
    return null;
  }

  private read(payload: string): { results: (R | null)[] } | { refused: string } {
    try {
      return this.protocol.decode(payload, this.shard);
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  }
}
