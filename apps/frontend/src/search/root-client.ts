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
  REJECTION_RETRY_RESERVE,
  type LegAttempt,
  type LegOutcome,
  type RejectionCode,
  type RejectionReason,
  ReplicaSelector,
  type RetryPolicy,
  Scatter,
  type TargetProtocol,
} from '@shoal/scatter-gather';
import { ConnectionStatus, RequestMux, retryUntilAvailable } from '@shoal/nats';
import { Faults, NATS, retryPolicies, TracedAttempts } from '@shoal/runtime';
import { UnavailableError } from '../errors.js';
import type { Answered, FromRoot } from './found.js';
import { SearchMetrics } from './search.metrics.js';

/** Hits asked for by the requests of one message: bounds its reply. */
const MAX_HITS_PER_MESSAGE = 2_000;
/** Time to wait past the deadline for the root's degraded response, in ms. */
const GRACE_MS = 50;
/** Delay before the retry when no root could serve the request, in ms. */
const RETRY_DELAY_MS = 100;
/** For how long it waits for this process to find a NATS server, in ms: one that is alive, but busy, may take half a second. */
const RECONNECT_WAIT_MS = 1_000;
const DISCONNECTED_ADVICE =
  'this frontend has lost the message broker and looks for it: try again in a few seconds';
/** Cut off from the shards, most likely, or they from NATS: another root may reach them, or the same one in a moment. */
const UNREACHED: RejectionReason = { code: 'no-shard-answered', detail: 'it reaches no shard' };
/**
 * Roots or this process may be reconnecting to another NATS server. A root that rejects because its queue is full is
 * overloaded, so it is not retried.
 */
const UNREACHABLE: readonly (RejectionCode | undefined)[] = [
  'unreachable',
  'connection-lost',
  'not-connected',
  'no-shard-answered',
];
/** To the scatter/gather lib all roots are replicas of one shard: any of them can answer. */
const ROOT_POOL = 0;

/**
 * The way to the roots: the requests of one event-loop turn go to one root in one message; to another one when it is gone,
 * and to another one as well when it takes long.
 */
@Injectable()
export class RootClient implements OnModuleInit, OnApplicationShutdown {
  private roster?: Roster<RootHeartbeat>;
  private mux!: RequestMux;
  private scatter!: Scatter<RootRequest, Answered>;
  private retries!: RetryPolicy;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly metrics: SearchMetrics,
    private readonly faults: Faults,
  ) {}

  async onModuleInit(): Promise<void> {
    const roster = await retryUntilAvailable('the roots', () =>
      Roster.open(this.connection, {
        bucket: ROOTS_BUCKET,
        ttlMs: HEARTBEAT_TTL_MS,
        parse: (json) => readMessage<RootHeartbeat>("a root's heartbeat", json),
      }),
    );
    this.roster = roster;
    const protocol: TargetProtocol<RootRequest, Answered> = {
      subject: rootSubject.query,
      replicas: () => [...roster.members().keys()],
      maxWeight: MAX_HITS_PER_MESSAGE,
      weigh: ({ size }) => size,
      encode,
      decode: readReply,
    };
    const { hedging, retries } = retryPolicies(this.faults, this.metrics);
    this.retries = retries;
    const traced = new TracedAttempts<RootRequest>('root', rootSubject.query, ({ replica }) => ({
      [ATTRIBUTE.root]: replica,
    }));
    this.mux = new RequestMux(this.connection);
    this.scatter = new Scatter(this.mux, new ReplicaSelector(), protocol, hedging, retries, traced);
  }

  onApplicationShutdown(): void {
    this.roster?.close();
  }

  /**
   * @param asked collects the attempts
   * @throws UnavailableError when no root runs or reaches a shard, or none answered within the request's budget
   */
  async send(request: RootRequest, asked: LegAttempt[] = []): Promise<FromRoot> {
    const end = performance.now() + request.budgetMs;
    let outcome = await this.sendOnce(request, end, asked);
    while (
      UNREACHABLE.includes(outcome.reason?.code) &&
      performance.now() + RETRY_DELAY_MS < end &&
      this.retries.spend(REJECTION_RETRY_RESERVE)
    ) {
      await delay(RETRY_DELAY_MS);
      outcome = await this.sendOnce(request, end, asked);
    }
    const { result } = outcome;
    if (!result) throw new UnavailableError(adviceFor(request, outcome));
    return { ...result, traceparent: request.traceparent };
  }

  private async sendOnce(
    request: RootRequest,
    end: number,
    asked: LegAttempt[],
  ): Promise<LegOutcome<Answered>> {
    if (
      !(await ConnectionStatus.of(this.connection).connectedWithin(
        Math.min(RECONNECT_WAIT_MS, end - performance.now()),
      ))
    )
      throw new UnavailableError(DISCONNECTED_ADVICE);
    const legs = [{ target: ROOT_POOL, query: request }];
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
  if (outcome.reason?.code === 'not-connected') return DISCONNECTED_ADVICE;
  if (outcome.reason?.code === 'no-shard-answered') return NO_SHARD_ANSWERED;
  return 'no root can answer now: try again in a few seconds';
}

function encode(_: number, asked: { query: RootRequest; budgetMs: number }[]): string {
  const requests = asked.map(({ query, budgetMs }) => ({
    ...query,
    budgetMs: Math.max(0, budgetMs - GRACE_MS),
  }));
  return JSON.stringify({ v: SCHEMA_VERSION, requests } satisfies RootBatch);
}

function readReply(payload: string): { results: Answered[] } | { rejected: RejectionReason } {
  const lines = payload.split('\n');
  const { root, answers } = readMessage<RootReply>('a root reply', lines[0]!);
  // Every request has an answer, or the root could not look at them.
  if (answers.length === 0) return { rejected: { code: 'declined', detail: 'busy, or of another release' } };
  if (answers.every(reachedNoShard)) return { rejected: UNREACHED };
  return { results: answers.map((answer, index) => ({ root, answer, hits: lines[index + 1]! })) };
}

/** Not one of them; a root that has waited for one to the end has no time to leave to another. */
function reachedNoShard({ status, coverage: { shards } }: RootAnswer): boolean {
  return status === 503 && shards.total > 0 && shards.failed === shards.total;
}
