import { Injectable } from '@nestjs/common';
import type { RootAnswer, RootRequest } from '@shoal/contracts';
import { Counter, Histogram, Registry } from 'prom-client';

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What a root counts. */
@Injectable()
export class RootMetrics {
  readonly refused: Counter;
  readonly busy: Counter;
  readonly expired: Counter;
  readonly messages: Counter;
  readonly hedges: Counter<'granted'>;
  readonly retries: Counter<'granted'>;
  private readonly requests: Histogram<'kind' | 'status'>;
  private readonly degraded: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.requests = new Histogram({
      name: 'shoal_root_request_duration_seconds',
      help: 'Time from the arrival of a request at the root to its answer',
      labelNames: ['kind', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.degraded = new Counter({
      name: 'shoal_root_degraded_total',
      help: 'Answers that do not speak for all shards asked',
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
    this.retries = new Counter({
      name: 'shoal_root_retries_total',
      help: 'Messages sent to a second replica because the first could not answer, and those that the budget did not allow',
      labelNames: ['granted'],
      registers,
    });
    this.busy = new Counter({
      name: 'shoal_root_busy_total',
      help: 'Messages refused because the queue was full',
      registers,
    });
    this.expired = new Counter({
      name: 'shoal_root_expired_total',
      help: 'Requests dropped because their time was over when their turn came',
      registers,
    });
    this.refused = new Counter({
      name: 'shoal_root_replica_refused_total',
      help: 'Messages that a replica could not answer',
      registers,
    });
  }

  observe(kind: RootRequest['kind'], { status, rootMs, coverage }: RootAnswer): void {
    this.requests.observe({ kind, status }, rootMs / 1000);
    if (coverage.degraded) this.degraded.inc();
  }
}
