import { Injectable } from '@nestjs/common';
import type { FencedWriter } from '@shoal/ownership-election';
import { Counter, Gauge, Registry } from 'prom-client';

/** What an indexer counts. */
@Injectable()
export class IndexerMetrics {
  readonly sequenced: Counter;
  readonly refused: Counter;
  private readonly writers = new Map<string, FencedWriter>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.sequenced = new Counter({
      name: 'shoal_indexer_sequenced_total',
      help: 'Records written to DOCS',
      registers,
    });
    this.refused = new Counter({
      name: 'shoal_indexer_intake_refused_total',
      help: 'INTAKE messages that this release cannot read',
      registers,
    });
    const fenced = new Gauge({
      name: 'shoal_indexer_fencing_refusals',
      help: 'Writes of this process that a stream refused because another owner had written',
      labelNames: ['stream'],
      registers,
      collect: () => {
        for (const [stream, { refusals }] of this.writers) fenced.set({ stream }, refusals);
      },
    });
  }

  watchWriter(stream: string, writer: FencedWriter): void {
    this.writers.set(stream, writer);
  }
}
