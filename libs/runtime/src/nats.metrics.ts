import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** Metrics of the process's connection to NATS. */
@Injectable()
export class NatsMetrics {
  readonly connected: Gauge;
  readonly reconnects: Counter;
  readonly errors: Counter;

  constructor(registry: Registry) {
    const registers = [registry];
    this.connected = new Gauge({
      name: 'shoal_nats_connected',
      help: '1 while there is a connection to NATS, otherwise 0',
      registers,
    });
    this.reconnects = new Counter({
      name: 'shoal_nats_reconnects_total',
      help: 'Times that the connection to NATS was lost and is back',
      registers,
    });
    this.errors = new Counter({
      name: 'shoal_nats_errors_total',
      help: 'Errors that NATS reported to this process, such as a subject without permission',
      registers,
    });
  }
}
