interface Waiter {
  intake: number;
  resolve(arrived: boolean): void;
}

/** Those who wait for a write to arrive in a partition. Writes arrive in the order of their INTAKE sequences. */
export class Arrivals {
  private readonly waiting = new Map<number, Set<Waiter>>();

  /** Resolves true when that write, or a later one, has arrived; false after `waitMs`. */
  wait(partition: number, intake: number, waitMs: number): Promise<boolean> {
    const waiters = this.waiting.get(partition) ?? new Set();
    this.waiting.set(partition, waiters);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        intake,
        resolve: (arrived) => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve(arrived);
        },
      };
      const timer = setTimeout(() => waiter.resolve(false), waitMs);
      waiters.add(waiter);
    });
  }

  arrived(partition: number, intake: number): void {
    const waiters = this.waiting.get(partition);
    if (!waiters?.size) return;
    for (const waiter of waiters) if (intake >= waiter.intake) waiter.resolve(true);
  }
}
