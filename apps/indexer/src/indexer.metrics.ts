import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';

/** What an indexer counts. */
@Injectable()
export class IndexerMetrics {
  readonly sequenced: Counter;
  readonly refused: Counter;
  readonly fencedOff: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.sequenced = new Counter({
      name: 'shoal_indexer_sequenced_total',
      help: 'Records written to DOCS',
      registers,
    });
    this.refused = new Counter({
      name: 'shoal_indexer_intake_refused_total',
      help: 'Times that sequencing stopped at an INTAKE message that this process cannot read',
      registers,
    });
    this.fencedOff = new Counter({
      name: 'shoal_indexer_fenced_off_total',
      help: 'Writes of this process that were refused because another owned by then',
      registers,
    });
  }
}
