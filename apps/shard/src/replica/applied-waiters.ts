import type { Partition } from './partition.js';

/** A write has arrived, and took its document away from that partition. */
export interface Arrival {
  movedFrom: number | undefined;
}

interface Waiter {
  intake: number;
  resolve(arrival: Arrival | null): void;
}

/** Callers that wait until a partition has applied a write. Writes arrive in the order of their INTAKE sequences. */
export class AppliedWaiters {
  private readonly waiting = new Map<number, Set<Waiter>>();

  /** Resolves when that write, or a later one, has arrived; with null after `waitMs`. */
  wait(partition: number, intake: number, waitMs: number): Promise<Arrival | null> {
    const waiters = this.waiting.get(partition) ?? new Set();
    this.waiting.set(partition, waiters);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        intake,
        resolve: (arrival) => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve(arrival);
        },
      };
      const timer = setTimeout(() => waiter.resolve(null), waitMs);
      waiters.add(waiter);
    });
  }

  /** Looks at once where a document came from: hundreds of writes may follow before a waiter goes on, and the partition forgets. */
  arrived(partition: Partition): void {
    for (const waiter of this.waiting.get(partition.number) ?? [])
      if (partition.appliedIntake >= waiter.intake)
        waiter.resolve({ movedFrom: partition.movedFrom(waiter.intake) });
  }
}
