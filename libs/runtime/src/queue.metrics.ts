import type { RequestServer } from '@shoal/nats';
import { Gauge, Registry } from 'prom-client';

/** Shows how much waits in a process's queue for messages, and how much is being worked on. */
export function showQueue(registry: Registry, strategy: RequestServer): RequestServer {
  new Gauge({
    name: 'shoal_queue_messages',
    help: 'Messages that wait for their turn',
    registers: [registry],
    collect() {
      this.set(strategy.queued);
    },
  });
  new Gauge({
    name: 'shoal_queue_in_progress',
    help: 'Messages being worked on',
    registers: [registry],
    collect() {
      this.set(strategy.inProgress);
    },
  });
  return strategy;
}
