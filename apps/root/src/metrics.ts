import { Injectable } from '@nestjs/common';
import type { RootAnswer, RootRequest } from '@shoal/contracts';
import { ClusterService } from '@shoal/runtime';
import type { LegOutcome } from '@shoal/scatter-gather';
import { observeTraced } from '@shoal/telemetry';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { TermStatisticsService } from './term-statistics.service.js';

/** Upper bounds of the buckets of durations, in seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Metrics of the requests that frontends send to this root. */
@Injectable()
export class RootMetrics {
  readonly busy: Counter;
  readonly expired: Counter;
  readonly queue: Histogram;
  private readonly requests: Histogram<'kind' | 'status'>;
  private readonly degraded: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Histogram({
      name: 'shoal_root_request_duration_seconds',
      help: 'Time from the arrival of a request at the root to its answer',
      labelNames: ['kind', 'status'],
      buckets: BUCKETS,
      enableExemplars: true,
      registers,
    });
    this.queue = new Histogram({
      name: 'shoal_root_queue_duration_seconds',
      help: 'Time a request waited in the queue of the root',
      buckets: BUCKETS,
      registers,
    });
    this.degraded = new Counter({
      name: 'shoal_root_degraded_total',
      help: 'Answers that miss one shard or more, failed and expired requests included',
      registers,
    });
    this.busy = new Counter({
      name: 'shoal_root_rejected_total',
      help: 'Messages rejected because the queue was full',
      registers,
    });
    this.expired = new Counter({
      name: 'shoal_root_expired_total',
      help: 'Requests dropped because their deadline passed while they were in the queue',
      registers,
    });
  }

  /** @param traceparent trace context of the root's own span */
  observe(kind: RootRequest['kind'], { status, rootMs, coverage }: RootAnswer, traceparent: string): void {
    observeTraced(this.requests, { kind, status }, rootMs / 1000, traceparent);
    if (coverage.degraded) this.degraded.inc();
  }
}

/** Metrics of the messages that this root sends to replicas. */
@Injectable()
export class ShardClientMetrics {
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
      help: "Time of one shard's part of a request, by its outcome",
      labelNames: ['shard', 'outcome'],
      buckets: BUCKETS,
      enableExemplars: true,
      registers,
    });
    this.messages = new Counter({
      name: 'shoal_root_messages_total',
      help: 'Messages sent to replicas, hedges and retries included',
      registers,
    });
    this.hedges = new Counter({
      name: 'shoal_root_hedges_total',
      help: 'Hedges because the first replica was slow, by whether the budget allowed them',
      labelNames: ['granted'],
      registers,
    });
    this.hedgeWins = new Counter({
      name: 'shoal_root_hedge_wins_total',
      help: 'Hedges that were answered before the first attempt',
      registers,
    });
    this.retries = new Counter({
      name: 'shoal_root_retries_total',
      help: 'Retries after a rejection or a timeout of all replicas, by whether the budget allowed them',
      labelNames: ['granted'],
      registers,
    });
    this.rejected = new Counter({
      name: 'shoal_root_replica_rejected_total',
      help: 'Messages that a replica rejected or that found it unreachable',
      registers,
    });
    new Gauge({
      name: 'shoal_root_ready_replicas',
      help: 'Replicas of a shard that can serve queries',
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
