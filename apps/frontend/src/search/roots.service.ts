import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
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
import { ensureBucket, Roster } from '@shoal/membership';
import { Inbox, ReplicaBoard, Scatter, type ShardProtocol } from '@shoal/scatter-gather';
import { NATS, RecentHedging } from '@shoal/service';
import { UnavailableError } from '../errors.js';
import type { FrontendSettings } from '../settings.js';
import { SearchMetrics } from './search.metrics.js';

/** A root's answer to one request; `hits` is a JSON array that is passed on unparsed. */
export interface FromRoot {
  root: string;
  answer: RootAnswer;
  hits: string;
}

/** Hits asked for by the requests of one message: bounds its reply. */
const MAX_HITS_PER_MESSAGE = 2_000;
/** How long after a request's own deadline a root's (then degraded) answer is still waited for. */
const GRACE_MS = 50;
/** To the scatter/gather lib all roots are replicas of one shard: any of them can answer. */
const ANY = 0;

/**
 * The way to the roots: the requests of one event-loop turn go to one root in one message; to another one when it is gone,
 * and to another one as well when it takes long.
 */
@Injectable()
export class RootsService implements OnModuleInit, OnModuleDestroy {
  private roster?: Roster<RootHeartbeat>;
  private scatter!: Scatter<RootRequest, FromRoot>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: FrontendSettings,
    private readonly metrics: SearchMetrics,
  ) {}

  async onModuleInit(): Promise<void> {
    const replicas = this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    await ensureBucket(this.connection, { bucket: ROOTS_BUCKET, ttlMs: HEARTBEAT_TTL_MS, replicas });
    const roster = await Roster.open<RootHeartbeat>(this.connection, {
      bucket: ROOTS_BUCKET,
      ttlMs: HEARTBEAT_TTL_MS,
    });
    this.roster = roster;
    const protocol: ShardProtocol<RootRequest, FromRoot> = {
      subject: rootSubject.ask,
      replicas: () => [...roster.members().keys()],
      maxWeight: MAX_HITS_PER_MESSAGE,
      weigh: ({ size }) => size,
      encode,
      decode: readReply,
    };
    const hedging = new RecentHedging((granted) => this.metrics.hedges.inc({ granted: String(granted) }));
    this.scatter = new Scatter(new Inbox(this.connection), new ReplicaBoard(), protocol, hedging);
  }

  onModuleDestroy(): void {
    this.roster?.close();
  }

  /** @throws UnavailableError when no root runs, or none answered within the request's budget */
  async ask(request: RootRequest): Promise<FromRoot> {
    const legs = [{ shard: ANY, query: request }];
    const [outcome] = await this.scatter.gather(legs, request.budgetMs + GRACE_MS);
    if (outcome?.result) return outcome.result;
    throw new UnavailableError(
      outcome?.outcome === 'failed'
        ? 'no root can answer now: try again in a few seconds'
        : 'no root answered in time: try again, with a larger timeoutMs if this goes on',
    );
  }
}

function encode(_: number, asked: { query: RootRequest; budgetMs: number }[]): string {
  const requests = asked.map(({ query, budgetMs }) => ({
    ...query,
    budgetMs: Math.max(0, budgetMs - GRACE_MS),
  }));
  return JSON.stringify({ v: SCHEMA_VERSION, requests } satisfies RootBatch);
}

function readReply(payload: string): { results: FromRoot[] } | { refused: string } {
  const lines = payload.split('\n');
  const { root, answers } = readMessage<RootReply>('a root reply', lines[0]!);
  // Every request has an answer, or the root was too busy to look at them.
  if (answers.length === 0) return { refused: 'busy' };
  return { results: answers.map((answer, index) => ({ root, answer, hits: lines[index + 1]! })) };
}
