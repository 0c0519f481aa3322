import { Injectable } from '@nestjs/common';
import { Counter, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What a frontend counts of its searches. */
@Injectable()
export class SearchMetrics {
  private readonly duration: Histogram<'cached'>;
  private readonly degraded: Counter;
  readonly hedges: Counter<'granted'>;
  readonly retries: Counter<'granted'>;

  constructor(registry: Registry) {
    this.duration = new Histogram({
      name: 'shoal_search_duration_seconds',
      help: 'Time of a search at the edge',
      labelNames: ['cached'],
      buckets: SECONDS,
      registers: [registry],
    });
    this.hedges = new Counter({
      name: 'shoal_search_hedges_total',
      help: 'Messages sent to a second root because the first took long, and those that the budget did not allow',
      labelNames: ['granted'],
      registers: [registry],
    });
    this.retries = new Counter({
      name: 'shoal_search_retries_total',
      help: 'Messages sent to a second root because the first could not answer, and those that the budget did not allow',
      labelNames: ['granted'],
      registers: [registry],
    });
    this.degraded = new Counter({
      name: 'shoal_search_degraded_total',
      help: 'Searches answered without all shards',
      registers: [registry],
    });
  }

  observe(tookMs: number, cached: boolean, degraded: boolean): void {
    this.duration.observe({ cached: String(cached) }, tookMs / 1000);
    if (degraded) this.degraded.inc();
  }
}
