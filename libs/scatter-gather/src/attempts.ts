import type { Leg } from './gather.js';
import type { HedgePolicy } from './hedging.js';
import type { Inbox, InboxReply } from './inbox.js';
import type { ReplicaBoard } from './replica-board.js';
import type { ShardProtocol } from './shard-channel.js';

/**
 * The tries to get one message answered: a replica chosen by the board; the next one at once when it cannot answer; a
 * second one beside it when it takes long (a hedge). The first answer counts.
 */
export class Attempts<Q, R> {
  private readonly tried: string[] = [];
  private underWay = 0;
  private hedgeTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly shard: number,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly inbox: Inbox,
    private readonly board: ReplicaBoard,
    private readonly protocol: ShardProtocol<Q, R>,
    private readonly hedging: HedgePolicy | null,
  ) {}

  begin(): void {
    this.hedging?.sent(this.shard);
    this.askNextOrFail();
    if (this.hedging) this.hedgeTimer = setTimeout(() => this.hedge(), this.hedging.delayMs(this.shard));
  }

  private askNextOrFail(): void {
    const open = this.legs.filter((leg) => !leg.settled);
    if (open.length === 0) return;
    const replica = this.board.choose(this.untried());
    if (replica !== null) return this.ask(replica, open);
    // While another try is under way there is still somebody to wait for.
    if (this.underWay > 0) return;
    for (const leg of open)
      leg.settle({ outcome: 'failed', replica: this.tried.at(-1) ?? null, roundTripMs: 0 });
  }

  private untried(): string[] {
    return this.protocol.replicas(this.shard).filter((replica) => !this.tried.includes(replica));
  }

  private ask(replica: string, open: Leg<Q, R>[]): void {
    const sent = performance.now();
    const queries = open.map(({ query, deadline }) => ({ query, budgetMs: Math.max(0, deadline - sent) }));
    for (const leg of open) leg.replica = replica;
    this.tried.push(replica);
    this.underWay++;
    this.board.began(replica);
    let giveUp: NodeJS.Timeout | undefined;
    const ended = (): number => {
      clearTimeout(giveUp);
      this.underWay--;
      const ms = performance.now() - sent;
      this.board.ended(replica, ms);
      this.hedging?.answered(this.shard, ms);
      return ms;
    };
    try {
      const payload = this.protocol.encode(this.shard, queries);
      const forget = this.inbox.ask(this.protocol.subject(replica), payload, (reply) => {
        this.receive(open, replica, reply, ended());
      });
      // Not the queries' own deadline (each gather has its timer) but the end of this message's: nobody waits any more.
      const longest = Math.max(...queries.map(({ budgetMs }) => budgetMs));
      giveUp = setTimeout(() => {
        forget();
        ended();
        clearTimeout(this.hedgeTimer);
      }, longest);
    } catch (error) {
      // The broker does not take such a message.
      ended();
      this.refused(replica, error instanceof Error ? error.message : String(error));
    }
  }

  private receive(open: Leg<Q, R>[], replica: string, reply: InboxReply, roundTripMs: number): void {
    const refused = this.settle(open, replica, reply, roundTripMs);
    if (refused === null) clearTimeout(this.hedgeTimer);
    else this.refused(replica, refused);
  }

  private refused(replica: string, reason: string): void {
    this.protocol.onRefused?.(replica, reason);
    this.askNextOrFail();
  }

  private hedge(): void {
    const waiting = this.legs.filter((leg) => !leg.settled);
    if (waiting.length === 0 || this.untried().length === 0 || !this.hedging?.spend()) return;
    for (const leg of waiting) leg.hedged = true;
    this.askNextOrFail();
  }

  /** @returns why another replica must be asked, or null when all legs have their outcome */
  private settle(legs: Leg<Q, R>[], replica: string, reply: InboxReply, roundTripMs: number): string | null {
    if (reply.kind === 'no-responders') return 'no responders';
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
