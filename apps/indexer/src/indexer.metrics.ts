import { Inject, Injectable } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { Counter, Histogram, Registry } from 'prom-client';
import type { IndexerSettings } from './settings.js';

const SECONDS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Metrics of an indexer's writes. */
@Injectable()
export class IndexerMetrics {
  readonly unreadable: Counter;
  readonly fencedOff: Counter;
  private readonly commits: Histogram;
  private readonly sequenced: Counter<'partition'>;

  constructor(registry: Registry, @Inject(ConfigService) settings: IndexerSettings) {
    const registers = [registry];
    this.sequenced = new Counter({
      name: 'shoal_indexer_sequenced_total',
      help: 'Records written to DOCS',
      labelNames: ['partition'],
      registers,
    });
    const partitions = settings.get('SHOAL_PARTITIONS', { infer: true });
    for (let partition = 0; partition < partitions; partition++) this.sequenced.inc({ partition }, 0);
    this.commits = new Histogram({
      name: 'shoal_indexer_commit_duration_seconds',
      help: 'Time until a batch of records was in DOCS',
      buckets: SECONDS,
      registers,
    });
    this.unreadable = new Counter({
      name: 'shoal_indexer_intake_unreadable_total',
      help: 'Times that sequencing stopped at an INTAKE message that this process cannot read',
      registers,
    });
    this.fencedOff = new Counter({
      name: 'shoal_indexer_fenced_off_total',
      help: 'Writes of this process that the log fenced off because another indexer led',
      registers,
    });
  }

  /** @param subjects subjects of the records of a batch that is in DOCS */
  committed(subjects: Iterable<string>, ms: number): void {
    this.commits.observe(ms / 1000);
    for (const subject of subjects) this.sequenced.inc({ partition: subject.split('.')[1]! });
  }
}
