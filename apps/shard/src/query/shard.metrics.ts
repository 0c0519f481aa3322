import { Injectable } from '@nestjs/common';
import { REJECTIONS, type Rejection, type ShardResult } from '@shoal/contracts';
import { observeTraced } from '@shoal/telemetry';
import { Counter, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** Metrics of the queries that a shard answers. */
@Injectable()
export class ShardMetrics {
  private readonly search: Histogram<'kind'>;
  private readonly queue: Histogram;
  private readonly expired: Counter;
  private readonly rejected: Counter<'reason'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.search = new Histogram({
      name: 'shoal_shard_query_duration_seconds',
      help: 'Time to answer one query from memory',
      labelNames: ['kind'],
      buckets: SECONDS,
      enableExemplars: true,
      registers,
    });
    this.queue = new Histogram({
      name: 'shoal_shard_queue_duration_seconds',
      help: 'Time a query waited before it was looked at',
      buckets: SECONDS,
      registers,
    });
    this.expired = new Counter({
      name: 'shoal_shard_expired_total',
      help: 'Queries dropped because their time was over when their turn came',
      registers,
    });
    this.rejected = new Counter({
      name: 'shoal_shard_rejected_total',
      help: 'Messages that this replica could not answer, so that another had to',
      labelNames: ['reason'],
      registers,
    });
    for (const reason of REJECTIONS) this.rejected.inc({ reason }, 0);
  }

  observe({ kind, expired, queueMs, searchMs }: ShardResult, traceparent: string): void {
    this.queue.observe(queueMs / 1000);
    if (expired) this.expired.inc();
    else observeTraced(this.search, { kind }, searchMs / 1000, traceparent);
  }

  reject(reason: Rejection): void {
    this.rejected.inc({ reason });
  }
}
