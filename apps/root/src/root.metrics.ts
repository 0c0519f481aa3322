import { Injectable } from '@nestjs/common';
import type { RootAnswer, RootRequest } from '@shoal/contracts';
import { observeTraced } from '@shoal/telemetry';
import { Counter, Histogram, Registry } from 'prom-client';

/** Upper bounds of the buckets of a root's durations. */
export const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What a root counts of the requests that it answers. What it asks of shards counts {@link ShardsMetrics}. */
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
      buckets: SECONDS,
      enableExemplars: true,
      registers,
    });
    this.queue = new Histogram({
      name: 'shoal_root_queue_duration_seconds',
      help: 'Time a request waited before it was looked at',
      buckets: SECONDS,
      registers,
    });
    this.degraded = new Counter({
      name: 'shoal_root_degraded_total',
      help: 'Answers that do not speak for all shards asked',
      registers,
    });
    this.busy = new Counter({
      name: 'shoal_root_rejected_total',
      help: 'Messages rejected because the queue was full',
      registers,
    });
    this.expired = new Counter({
      name: 'shoal_root_expired_total',
      help: 'Requests dropped because their time was over when their turn came',
      registers,
    });
  }

  /** @param traceparent of the root's own span */
  observe(kind: RootRequest['kind'], { status, rootMs, coverage }: RootAnswer, traceparent: string): void {
    observeTraced(this.requests, { kind, status }, rootMs / 1000, traceparent);
    if (coverage.degraded) this.degraded.inc();
  }
}
