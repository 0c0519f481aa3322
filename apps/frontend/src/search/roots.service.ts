import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  ATTRIBUTE,
  HEARTBEAT_TTL_MS,
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
import { activeSpan, keepSpan, Tracing } from '@shoal/telemetry';
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
/** They or this process may be on the way to another NATS server. A root that refuses is not asked again: it has too much to do. */
const AWAY: readonly (string | undefined)[] = [NO_RESPONDERS, CONNECTION_LOST];
/** For how long a search waits for this process to find a NATS server again, in ms: one that is alive, but busy, may take most of it. */
const LOST_MS = 1_000;
const UNAVAILABLE = 503;
/** To the scatter/gather lib all roots are replicas of one shard: any of them can answer. */
const ANY = 0;

/**
 * The way to the roots: the requests of one event-loop turn go to one root in one message; to another one when it is gone,
 * and to another one as well when it takes long.
 */
@Injectable()
export class RootsService implements OnModuleInit, OnApplicationShutdown {
  private roster?: Roster<RootHeartbeat>;
  private readonly board = new ReplicaBoard();
  private scatter!: Scatter<RootRequest, Answered>;
  private retries!: RetryPolicy;
  private readonly traced: TracedAttempts<RootRequest> | null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly metrics: SearchMetrics,
    private readonly faults: Faults,
    tracing: Tracing,
  ) {
    const traced = new TracedAttempts<RootRequest>('root', rootSubject.ask, ({ replica }) => ({
      [ATTRIBUTE.root]: replica,
    }));
    this.traced = tracing.recording ? traced : null;
  }

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
    this.scatter = new Scatter(
      new Inbox(this.connection),
      this.board,
      protocol,
      hedging,
      retries,
      this.traced,
    );
  }

  onApplicationShutdown(): void {
    this.roster?.close();
  }

  /**
   * @param asked gets everybody who is asked
   * @returns the answer of a root; its 503 only when no other answer was to be had in time, or within the budget for retries
   * @throws UnavailableError when no root runs, or none answered within the request's budget
   */
  async ask(request: RootRequest, asked: LegAttempt[] = []): Promise<FromRoot> {
    const began = performance.now();
    const deadline = began + request.budgetMs + GRACE_MS;
    const legs = [{ shard: ANY, query: request }];
    let kept = false;
    const gather = async () => {
      const [outcome] = await this.scatter.gather(legs, deadline - performance.now());
      asked.push(...outcome!.attempts);
      this.traced?.remember(request.kind, [outcome!]);
      kept ||= outcome!.result?.answer.kept ?? false;
      return outcome!;
    };
    let outcome = await gather();
    const mayAskAgain = () => {
      const until = Math.min(deadline, began + this.patienceMs(outcome));
      return performance.now() + AWAY_MS < until && this.retries.spend();
    };
    while (mayAskAgain()) {
      await delay(AWAY_MS);
      outcome = await gather();
    }
    // Only now: of a request that is kept already nothing is remembered any more.
    if (kept) keepSpan(activeSpan());
    if (outcome.result) return { ...outcome.result, traceparent: request.traceparent };
    throw new UnavailableError(adviceFor(request, outcome));
  }

  /** For how long after its beginning a request with this outcome is worth asking again, in ms. */
  private patienceMs({ reason, result }: LegOutcome<Answered>): number {
    if (result?.answer.status === UNAVAILABLE) {
      // One that is cut off from the shards answers at once, and would be preferred for it.
      this.board.avoid(result.root);
      return Infinity;
    }
    if (reason === NOT_CONNECTED) return LOST_MS;
    return AWAY.includes(reason) ? Infinity : 0;
  }
}

function adviceFor({ kind }: RootRequest, outcome: LegOutcome<Answered>): string {
  if (outcome.outcome !== 'failed') {
    // Only a search may take longer for who asks for it.
    const how = kind === 'search' ? ', with a larger timeoutMs if this goes on' : ' in a few seconds';
    return `no root answered in time: try again${how}`;
  }
  if (outcome.reason === NOT_CONNECTED)
    return 'this frontend has lost the message broker and looks for it: try again in a few seconds';
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
  return { results: answers.map((answer, index) => ({ root, answer, hits: lines[index + 1]! })) };
}
