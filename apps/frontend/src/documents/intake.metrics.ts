import { Injectable } from '@nestjs/common';
import type { IntakeWrite } from '@shoal/contracts';
import { Counter, Registry } from 'prom-client';

/** Metrics of the writes that a frontend publishes to INTAKE. */
@Injectable()
export class IntakeMetrics {
  private readonly accepted: Counter<'operation'>;

  constructor(registry: Registry) {
    this.accepted = new Counter({
      name: 'shoal_intake_accepted_total',
      help: 'Writes that are stored in INTAKE, those of uploads too',
      labelNames: ['operation'],
      registers: [registry],
    });
    for (const operation of ['put', 'delete'] satisfies IntakeWrite['op'][])
      this.accepted.inc({ operation }, 0);
  }

  /** @param stored these writes are */
  count(stored: readonly IntakeWrite[]): void {
    for (const { op: operation } of stored) this.accepted.inc({ operation });
  }
}
