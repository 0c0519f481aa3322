/**
 * First in, first out, with a bound. Work begins in a later turn of the event loop, one piece a turn: between two
 * pieces the socket is read, so that waiting work lies here, where it can be counted and refused, and not in a socket
 * buffer, where it cannot.
 */
export class BoundedQueue<T> {
  private readonly waiting: T[] = [];
  private running = 0;
  private scheduled = false;
  private readonly idlers: (() => void)[] = [];

  constructor(
    private readonly work: (item: T) => Promise<void>,
    private readonly maxWaiting: number,
  ) {}

  /** @returns false when the queue is full: the item was not taken */
  add(item: T): boolean {
    if (this.waiting.length >= this.maxWaiting) return false;
    this.waiting.push(item);
    this.schedule();
    return true;
  }

  /** Resolves when nothing waits or runs. */
  idle(): Promise<void> {
    if (this.waiting.length === 0 && this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.idlers.push(resolve));
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const item = this.waiting.shift();
      if (item !== undefined) void this.run(item);
      if (this.waiting.length > 0) this.schedule();
    });
  }

  private async run(item: T): Promise<void> {
    this.running++;
    try {
      await this.work(item);
    } finally {
      this.running--;
      if (this.waiting.length === 0 && this.running === 0) for (const idle of this.idlers.splice(0)) idle();
    }
  }
}
