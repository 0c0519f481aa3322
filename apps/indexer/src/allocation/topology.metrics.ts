import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Gauge, Registry } from 'prom-client';
import type { IndexerSettings } from '../settings.js';

/** Shows what a leader aims at, beside which a root shows what there is. */
@Injectable()
export class TopologyMetrics {
  constructor(registry: Registry, @Inject(ConfigService) settings: IndexerSettings) {
    new Gauge({
      name: 'shoal_indexer_target_replicas',
      help: 'Target number of replicas of each shard',
      registers: [registry],
    }).set(settings.get('SHOAL_REPLICAS', { infer: true }));
  }
}
