import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  ATTRIBUTE,
  readMessage,
  SCHEMA_VERSION,
  shardSubject,
  type ShardBatch,
  type ShardQuery,
  type ShardReply,
  type ShardResult,
} from '@shoal/contracts';
import { Scatter, type LegOutcome, type TargetProtocol } from '@shoal/scatter-gather';
import { RequestMux } from '@shoal/nats';
import { ClusterService, Faults, NATS, retryPolicies, TracedAttempts } from '@shoal/runtime';
import { OneChoice } from './faults/one-choice.js';
import { ShardsMetrics } from './shards.metrics.js';
import { TermStatisticsService } from './term-statistics.service.js';

/** One shard's answer: the result, and the stored documents that came with it, by rank. */
export interface ShardAnswer {
  result: ShardResult;
  documents: string[];
}

export type ShardOutcome = LegOutcome<ShardAnswer>;

/** Hits asked for by all queries of one message: bounds the reply, whatever the pages are. */
const MAX_HITS_PER_MESSAGE = 2_000;

/** What Shoal's roots and shards say to each other, on top of the scatter/gather lib. */
@Injectable()
export class ShardClient implements OnModuleInit {
  private readonly logger = new Logger('shards');
  private scatter!: Scatter<ShardQuery, ShardAnswer>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
    private readonly metrics: ShardsMetrics,
    private readonly statistics: TermStatisticsService,
    private readonly faults: Faults,
  ) {}

  onModuleInit(): void {
    const protocol: TargetProtocol<ShardQuery, ShardAnswer> = {
      subject: shardSubject.query,
      replicas: (shard) => this.cluster.readyReplicas(shard),
      maxWeight: MAX_HITS_PER_MESSAGE,
      weigh: (query) => (query.kind === 'fetch' ? query.ids.length : query.limit),
      encode: (shard, queries) => this.encode(shard, queries),
      decode: readReply,
      onRejected: (replica, reason) => {
        this.metrics.rejected.inc();
        this.logger.debug(`${replica}: ${reason}`);
      },
    };
    const { hedging, retries } = retryPolicies(this.faults, this.metrics);
    const traced = new TracedAttempts<ShardQuery>('shard', shardSubject.query, ({ target, replica }) => ({
      [ATTRIBUTE.shard]: target,
      [ATTRIBUTE.replica]: replica,
    }));
    this.scatter = new Scatter(
      new RequestMux(this.connection),
      new OneChoice(this.faults),
      protocol,
      hedging,
      retries,
      traced,
    );
  }

  /** Asks one replica of each shard; never rejects. */
  async gather(legs: { shard: number; query: ShardQuery }[], budgetMs: number): Promise<ShardOutcome[]> {
    const outcomes = await this.scatter.gather(legs, budgetMs);
    outcomes.forEach((outcome, leg) => this.metrics.observe(outcome, legs[leg]!.query.traceparent));
    return outcomes;
  }

  private encode(shard: number, queries: { query: ShardQuery; budgetMs: number }[]): string {
    this.metrics.messages.inc();
    const partitions = this.cluster.topology?.shards[shard]?.partitions ?? [];
    const batch: ShardBatch = {
      v: SCHEMA_VERSION,
      shard,
      counted: partitions.map((partition) => this.statistics.countedIn(partition)),
      queries: queries.map(({ query, budgetMs }) => ({ ...query, budgetMs })),
    };
    return JSON.stringify(batch);
  }
}

/** Splits a reply into one answer per query. The documents are only cut apart, never parsed. */
export function readReply(payload: string): { results: (ShardAnswer | null)[] } | { rejected: string } {
  const lines = payload.split('\n');
  const reply = readMessage<ShardReply>('a shard reply', lines[0]!);
  if (reply.rejected) return { rejected: reply.detail ?? reply.rejected };
  let next = 1;
  return {
    results: reply.results.map((result) => {
      const documents = lines.slice(next, (next += result.inlined));
      return result.expired ? null : { result, documents };
    }),
  };
}
