import { Injectable } from '@nestjs/common';
import type { Coverage } from '@shoal/contracts';
import { observeTraced } from '@shoal/telemetry';
import { Counter, Histogram, Registry } from 'prom-client';
import type { CacheResult } from './found.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** A search that was answered. */
interface Answered {
  tookMs: number;
  cache: CacheResult;
  coverage: Coverage;
  traceparent: string;
}

/** Metrics of a frontend's searches. */
@Injectable()
export class SearchMetrics {
  private readonly duration: Histogram<'cache'>;
  private readonly degraded: Counter;
  private readonly searched: Counter;
  private readonly missed: Counter;
  readonly hedges: Counter<'granted'>;
  readonly hedgeWins: Counter;
  readonly retries: Counter<'granted'>;

  constructor(registry: Registry) {
    this.duration = new Histogram({
      name: 'shoal_search_duration_seconds',
      help: 'Time of a search that was answered, by what the cache had',
      labelNames: ['cache'],
      buckets: SECONDS,
      enableExemplars: true,
      registers: [registry],
    });
    for (const cache of ['hit', 'joined', 'miss'] satisfies CacheResult[]) this.duration.zero({ cache });
    this.hedges = new Counter({
      name: 'shoal_search_hedges_total',
      help: 'Messages sent to a second root because the first took long, and those that the budget did not allow',
      labelNames: ['granted'],
      registers: [registry],
    });
    this.hedgeWins = new Counter({
      name: 'shoal_search_hedge_wins_total',
      help: 'Hedges that won against the first attempt',
      registers: [registry],
    });
    this.retries = new Counter({
      name: 'shoal_search_retries_total',
      help: 'Messages sent again because a root could not answer, reached no shard, or all were silent, and those that the budget did not allow',
      labelNames: ['granted'],
      registers: [registry],
    });
    this.degraded = new Counter({
      name: 'shoal_search_degraded_total',
      help: 'Searches answered without all shards',
      registers: [registry],
    });
    this.searched = new Counter({
      name: 'shoal_search_documents_searched_total',
      help: 'Documents that answers cover',
      registers: [registry],
    });
    this.missed = new Counter({
      name: 'shoal_search_documents_missed_total',
      help: 'Documents that answers do not cover, because their shard did not answer',
      registers: [registry],
    });
  }

  observe({ tookMs, cache, coverage, traceparent }: Answered): void {
    observeTraced(this.duration, { cache }, tookMs / 1000, traceparent);
    const { searched, total } = coverage.documents;
    this.searched.inc(searched);
    this.missed.inc(total - searched);
    if (coverage.degraded) this.degraded.inc();
  }
}
