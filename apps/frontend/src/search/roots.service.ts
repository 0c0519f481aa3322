import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  ATTRIBUTE,
  HEARTBEAT_TTL_MS,
  NO_SHARD_ANSWERED,
  readMessage,
  ROOTS_BUCKET,
  rootSubject,
  SCHEMA_VERSION,
  type RootAnswer,
  type RootBatch,
  type RootHeartbeat,
  type RootReply,
  type RootRequest,
} from '@shoal/contracts';
import { Roster } from '@shoal/membership';
import {
  CONNECTION_LOST,
  Inbox,
  KEPT_FOR_REFUSALS,
  type LegAttempt,
  type LegOutcome,
  NO_RESPONDERS,
  NOT_CONNECTED,
  ReplicaBoard,
  type RetryPolicy,
  Scatter,
  type ShardProtocol,
} from '@shoal/scatter-gather';
import { Faults, NATS, resendPolicies, TracedAttempts, untilThere } from '@shoal/service';
import { UnavailableError } from '../errors.js';
import { SearchMetrics } from './search.metrics.js';

/** A root's answer to one request; `hits` is a JSON array that is passed on unparsed. */
interface Answered {
  root: string;
  answer: RootAnswer;
  hits: string;
}

/** And who asked for it. */
export interface FromRoot extends Answered {
  traceparent: string;
}

/** Hits asked for by the requests of one message: bounds its reply. */
const MAX_HITS_PER_MESSAGE = 2_000;
/** How long after a request's own deadline a root's (then degraded) answer is still waited for. */
const GRACE_MS = 50;
/** How long a search waits before it looks again for a root that can answer, when none could. */
const AWAY_MS = 100;
/** For how long it waits for this process to find a NATS server, in ms: one that is alive, but busy, may take half a second. */
const LOST_MS = 1_000;
const LOST = 'this frontend has lost the message broker and looks for it: try again in a few seconds';
/** Cut off from the shards, most likely, or they from NATS: another root may reach them, or the same one in a moment. */
const UNREACHED = 'it reaches no shard';
/**
 * They or this process may be on the way to another NATS server. A root that refuses as its queue is full is not asked again: it has too
 * much to do.
 */
const AWAY: readonly (string | undefined)[] = [NO_RESPONDERS, CONNECTION_LOST, NOT_CONNECTED, UNREACHED];
/** To the scatter/gather lib all roots are replicas of one shard: any of them can answer. */
const ANY = 0;

/**
 * The way to the roots: the requests of one event-loop turn go to one root in one message; to another one when it is gone,
 * and to another one as well when it takes long.
 */
@Injectable()
export class RootsService implements OnModuleInit, OnApplicationShutdown {
  private roster?: Roster<RootHeartbeat>;
  private inbox!: Inbox;
  private scatter!: Scatter<RootRequest, Answered>;
  private retries!: RetryPolicy;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly metrics: SearchMetrics,
    private readonly faults: Faults,
  ) {}

  async onModuleInit(): Promise<void> {
    const roster = await untilThere('the roots', () =>
      Roster.open(this.connection, {
        bucket: ROOTS_BUCKET,
        ttlMs: HEARTBEAT_TTL_MS,
        parse: (json) => readMessage<RootHeartbeat>("a root's heartbeat", json),
      }),
    );
    this.roster = roster;
    const protocol: ShardProtocol<RootRequest, Answered> = {
      subject: rootSubject.ask,
      replicas: () => [...roster.members().keys()],
      maxWeight: MAX_HITS_PER_MESSAGE,
      weigh: ({ size }) => size,
      encode,
      decode: readReply,
    };
    const { hedging, retries } = resendPolicies(this.faults, this.metrics);
    this.retries = retries;
    const traced = new TracedAttempts<RootRequest>('root', rootSubject.ask, ({ replica }) => ({
      [ATTRIBUTE.root]: replica,
    }));
    this.inbox = new Inbox(this.connection);
    this.scatter = new Scatter(this.inbox, new ReplicaBoard(), protocol, hedging, retries, traced);
  }

  onApplicationShutdown(): void {
    this.roster?.close();
  }

  /**
   * @param asked gets everybody who is asked
   * @throws UnavailableError when no root runs or reaches a shard, or none answered within the request's budget
   */
  async ask(request: RootRequest, asked: LegAttempt[] = []): Promise<FromRoot> {
    const end = performance.now() + request.budgetMs;
    let outcome = await this.askOnce(request, end, asked);
    while (
      AWAY.includes(outcome.reason) &&
      performance.now() + AWAY_MS < end &&
      this.retries.spend(KEPT_FOR_REFUSALS)
    ) {
      await delay(AWAY_MS);
      outcome = await this.askOnce(request, end, asked);
    }
    const { result } = outcome;
    if (!result) throw new UnavailableError(adviceFor(request, outcome));
    return { ...result, traceparent: request.traceparent };
  }

  private async askOnce(
    request: RootRequest,
    end: number,
    asked: LegAttempt[],
  ): Promise<LegOutcome<Answered>> {
    if (!(await this.inbox.connected(Math.min(LOST_MS, end - performance.now()))))
      throw new UnavailableError(LOST);
    const legs = [{ shard: ANY, query: request }];
    const [outcome] = await this.scatter.gather(legs, end + GRACE_MS - performance.now());
    asked.push(...outcome!.attempts);
    return outcome!;
  }
}

function adviceFor({ kind }: RootRequest, outcome: LegOutcome<Answered>): string {
  if (outcome.outcome !== 'failed') {
    // Only a search may take longer for who asks for it.
    const how = kind === 'search' ? ', with a larger timeoutMs if this goes on' : ' in a few seconds';
    return `no root answered in time: try again${how}`;
  }
  if (outcome.reason === NOT_CONNECTED) return LOST;
  if (outcome.reason === UNREACHED) return NO_SHARD_ANSWERED;
  return 'no root can answer now: try again in a few seconds';
}

function encode(_: number, asked: { query: RootRequest; budgetMs: number }[]): string {
  const requests = asked.map(({ query, budgetMs }) => ({
    ...query,
    budgetMs: Math.max(0, budgetMs - GRACE_MS),
  }));
  return JSON.stringify({ v: SCHEMA_VERSION, requests } satisfies RootBatch);
}

function readReply(payload: string): { results: Answered[] } | { refused: string } {
  const lines = payload.split('\n');
  const { root, answers } = readMessage<RootReply>('a root reply', lines[0]!);
  // Every request has an answer, or the root could not look at them.
  if (answers.length === 0) return { refused: 'busy, or of another release' };
  if (answers.every(reachedNoShard)) return { refused: UNREACHED };
  return { results: answers.map((answer, index) => ({ root, answer, hits: lines[index + 1]! })) };
}

/** Not one of them; a root that has waited for one to the end has no time to leave to another. */
function reachedNoShard({ status, coverage: { shards } }: RootAnswer): boolean {
  return status === 503 && shards.total > 0 && shards.failed === shards.total;
}
