import { Injectable } from '@nestjs/common';
import type { ShardResult } from '@shoal/contracts';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { PartitionsService } from './partitions.service.js';

const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];

/** What a shard counts. */
@Injectable()
export class ShardMetrics {
  private readonly search: Histogram<'kind'>;
  private readonly queue: Histogram;
  private readonly expired: Counter;
  readonly busy: Counter;

  constructor(registry: Registry, partitions: PartitionsService) {
    const registers = [registry];
    this.search = new Histogram({
      name: 'shoal_shard_query_duration_seconds',
      help: 'Time to answer one query from memory',
      labelNames: ['kind'],
      buckets: SECONDS,
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
    this.busy = new Counter({
      name: 'shoal_shard_busy_total',
      help: 'Messages refused because the queue was full',
      registers,
    });
    new Gauge({
      name: 'shoal_shard_documents',
      help: 'Live documents held',
      registers,
      collect(this: Gauge) {
        this.set(partitions.documents);
      },
    });
    new Gauge({
      name: 'shoal_shard_applied_sequence',
      help: 'Last DOCS sequence indexed',
      registers,
      collect(this: Gauge) {
        this.set(partitions.applied);
      },
    });
  }

  observe({ kind, expired, queueMs, searchMs }: ShardResult): void {
    this.queue.observe(queueMs / 1000);
    if (expired) this.expired.inc();
    else this.search.observe({ kind }, searchMs / 1000);
  }
}
