import type { Leg } from './gather.js';
import type { Inbox, InboxReply } from './inbox.js';
import type { ReplicaBoard } from './replica-board.js';
import { TurnBatcher } from './turn-batcher.js';

/** What a message to a replica means: the caller's part of the protocol. */
export interface ShardProtocol<Q, R> {
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
   * over; or `refused` when the replica cannot answer at all and another must. An error thrown counts as refused.
   */
  decode(payload: string, shard: number): { results: (R | null)[] } | { refused: string };
  /** A replica could not be used: for counters and logs. */
  onRefused?(replica: string, reason: string): void;
}

/** The way to one shard: batches the legs of a turn, chooses a replica, goes to the next one when that cannot answer. */
export class ShardChannel<Q, R> {
  private readonly batcher: TurnBatcher<Leg<Q, R>>;

  constructor(
    private readonly shard: number,
    private readonly inbox: Inbox,
    private readonly board: ReplicaBoard,
    private readonly protocol: ShardProtocol<Q, R>,
  ) {
    this.batcher = new TurnBatcher(
      (legs) => this.ask(legs, []),
      protocol.maxWeight,
      (leg) => protocol.weigh(leg.query),
    );
  }

  send(leg: Leg<Q, R>): void {
    this.batcher.add(leg);
  }

  private ask(legs: Leg<Q, R>[], tried: readonly string[]): void {
    const sent = performance.now();
    const open = legs.filter((leg) => !leg.settled);
    if (open.length === 0) return;
    const replica = this.board.choose(
      this.protocol.replicas(this.shard).filter((candidate) => !tried.includes(candidate)),
    );
    if (replica === null) {
      const last = tried.at(-1) ?? null;
      for (const leg of open) leg.settle({ outcome: 'failed', replica: last, roundTripMs: 0 });
      return;
    }
    for (const leg of open) leg.replica = replica;
    const queries = open.map(({ query, deadline }) => ({ query, budgetMs: Math.max(0, deadline - sent) }));
    this.board.began(replica);
    const forget = this.inbox.ask(
      this.protocol.subject(replica),
      this.protocol.encode(this.shard, queries),
      (reply) => {
        clearTimeout(giveUp);
        const roundTripMs = performance.now() - sent;
        this.board.ended(replica, roundTripMs);
        const refused = this.settle(open, replica, reply, roundTripMs);
        if (refused === null) return;
        this.protocol.onRefused?.(replica, refused);
        this.ask(open, [...tried, replica]);
      },
    );
    // Not the queries' own deadline (each gather has its timer) but the end of this message's: nobody waits any more.
    const longest = Math.max(...queries.map(({ budgetMs }) => budgetMs));
    const giveUp = setTimeout(() => {
      forget();
      this.board.ended(replica, performance.now() - sent);
    }, longest);
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
