import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Answers } from './answers.js';
import { METRICS } from './metrics.js';
import { Monitoring } from './monitoring.js';

/** The metrics of nats-server, read anew at each scrape: nothing is kept that it does not say any more. */
@Injectable()
export class NatsMetrics {
  private reading: Promise<Answers> | null = null;

  constructor(
    private readonly monitoring: Monitoring,
    registry: Registry,
  ) {
    for (const { name, help, type, labels, samples } of METRICS) {
      const collect = async () => {
        const answers = await this.read();
        metric.reset();
        // Without labels there would be a 0 that nobody said.
        if (labels.length === 0) metric.remove();
        // What is said for each connection or consumer adds up to what is said of its kind.
        for (const { value, ...labels } of samples(answers)) metric.inc(labels, value);
      };
      const options = { name, help, labelNames: labels, registers: [registry], collect };
      const metric: Counter | Gauge = type === 'counter' ? new Counter(options) : new Gauge(options);
    }
  }

  /** A scrape collects all metrics at once, and one reading serves them all. */
  private read(): Promise<Answers> {
    this.reading ??= this.monitoring.readAll().finally(() => (this.reading = null));
    return this.reading;
  }
}
