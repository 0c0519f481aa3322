import type { QueueBound } from '@shoal/nats';
import type { Faults } from './faults.js';

/** Fault unbounded-queue, around the bound that is right. */
export class QueueFaults implements QueueBound {
  constructor(
    private readonly faults: Faults,
    private readonly right: QueueBound,
  ) {}

  get items(): number {
    return this.faults.on('unbounded-queue') ? Infinity : this.right.items;
  }

  get waitMs(): number {
    return this.faults.on('unbounded-queue') ? Infinity : this.right.waitMs;
  }
}
