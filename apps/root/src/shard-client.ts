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
import {
  ReplicaSelector,
  Scatter,
  type LegOutcome,
  type RejectionReason,
  type TargetProtocol,
} from '@shoal/scatter-gather';
import { RequestMux } from '@shoal/nats';
import { ClusterService, Faults, NATS, retryPolicies, TracedAttempts } from '@shoal/runtime';
import { ShardClientMetrics } from './metrics.js';
import { TermStatisticsService } from './term-statistics.service.js';

/** Answer of one shard: the result, and the stored documents that the reply includes, by rank. */
export interface ShardAnswer {
  result: ShardResult;
  documents: string[];
}

export type ShardOutcome = LegOutcome<ShardAnswer>;

/** Maximum hits that the queries of one message request: bounds the reply, whatever the page sizes are. */
const MAX_HITS_PER_MESSAGE = 2_000;

/** Sends queries to shards: the root's side of the shard protocol, on top of libs/scatter-gather. */
@Injectable()
export class ShardClient implements OnModuleInit {
  private readonly logger = new Logger('shards');
  private scatter!: Scatter<ShardQuery, ShardAnswer>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
    private readonly metrics: ShardClientMetrics,
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
        this.logger.debug(`${replica}: ${reason.detail}`);
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

  /**
   * Sends a query to one replica of each shard, and gathers the outcomes in the order of `parts`. Never rejects.
   * @param budgetMs time until the deadline, in ms
   */
  async gather(parts: { target: number; query: ShardQuery }[], budgetMs: number): Promise<ShardOutcome[]> {
    const outcomes = await this.scatter.gather(parts, budgetMs);
    outcomes.forEach((outcome, index) => this.metrics.observe(outcome, parts[index]!.query.traceparent));
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

/** Splits a reply into one answer per query. Documents are split by line and never parsed. */
export function readReply(
  payload: string,
): { results: (ShardAnswer | null)[] } | { rejected: RejectionReason } {
  const lines = payload.split('\n');
  const reply = readMessage<ShardReply>('a shard reply', lines[0]!);
  if (reply.rejected) return { rejected: { code: 'declined', detail: reply.detail ?? reply.rejected } };
  let next = 1;
  return {
    results: reply.results.map((result) => {
      const documents = lines.slice(next, (next += result.inlined));
      return result.expired ? null : { result, documents };
    }),
  };
}

/** Fault one-choice: selects one random replica, without comparing its load and latency to a second one. */
class OneChoice extends ReplicaSelector {
  constructor(private readonly faults: Faults) {
    super();
  }

  override choose(candidates: readonly string[]): string | null {
    if (!this.faults.on('one-choice')) return super.choose(candidates);
    return candidates[Math.floor(Math.random() * candidates.length)] ?? null;
  }
}
