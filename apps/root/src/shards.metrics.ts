import { Injectable } from '@nestjs/common';
import type { LegOutcome } from '@shoal/scatter-gather';
import { ClusterService } from '@shoal/runtime';
import { observeTraced } from '@shoal/telemetry';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SECONDS } from './root.metrics.js';
import { TermStatisticsService } from './term-statistics.service.js';

/** What a root counts of what it asks of shards. */
@Injectable()
export class ShardsMetrics {
  readonly messages: Counter;
  readonly hedges: Counter<'granted'>;
  readonly hedgeWins: Counter;
  readonly retries: Counter<'granted'>;
  readonly rejected: Counter;
  private readonly legs: Histogram<'shard' | 'outcome'>;

  constructor(registry: Registry, cluster: ClusterService, statistics: TermStatisticsService) {
    const registers = [registry];
    this.legs = new Histogram({
      name: 'shoal_root_leg_duration_seconds',
      help: "Time of one shard's part of a request, and how it ended",
      labelNames: ['shard', 'outcome'],
      buckets: SECONDS,
      enableExemplars: true,
      registers,
    });
    this.messages = new Counter({
      name: 'shoal_root_messages_total',
      help: 'Messages sent to replicas, hedges and retries among them',
      registers,
    });
    this.hedges = new Counter({
      name: 'shoal_root_hedges_total',
      help: 'Messages sent to a second replica because the first took long, and those that the budget did not allow',
      labelNames: ['granted'],
      registers,
    });
    this.hedgeWins = new Counter({
      name: 'shoal_root_hedge_wins_total',
      help: 'Hedges that were answered before the replica that was asked first',
      registers,
    });
    this.retries = new Counter({
      name: 'shoal_root_retries_total',
      help: 'Messages sent again because a replica could not answer or all were silent, and those that the budget did not allow',
      labelNames: ['granted'],
      registers,
    });
    this.rejected = new Counter({
      name: 'shoal_root_replica_rejected_total',
      help: 'Messages that a replica could not answer',
      registers,
    });
    new Gauge({
      name: 'shoal_root_ready_replicas',
      help: 'Replicas of a shard that can be asked',
      labelNames: ['shard'],
      registers,
      collect() {
        this.reset();
        cluster.topology?.shards.forEach((_, shard) =>
          this.set({ shard }, cluster.readyReplicas(shard).length),
        );
      },
    });
    new Gauge({
      name: 'shoal_root_statistics_version',
      help: 'Version of the term statistics that queries are weighed with',
      registers,
      collect() {
        this.set(statistics.version);
      },
    });
  }

  observe({ target: shard, outcome, roundTripMs }: LegOutcome<unknown>, traceparent: string): void {
    observeTraced(this.legs, { shard, outcome }, roundTripMs / 1000, traceparent);
  }
}
