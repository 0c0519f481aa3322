/** How much may wait. Read at every arrival, so that it may change. */
export interface QueueBound {
  /** Pieces of work: bounds the memory. */
  readonly items: number;
  /**
   * Once the oldest piece has waited longer than this, in ms, nothing more is taken. It bounds the time, whatever a piece costs: work
   * that waits for most of its deadline is of use to nobody when its turn comes.
   */
  readonly waitMs: number;
}

/**
 * First in, first out, with a bound. Work begins in a later turn of the event loop, one piece a turn: between two
 * pieces the socket is read, so that waiting work lies here, where it can be counted and refused, and not in a socket
 * buffer, where it cannot.
 */
export class BoundedQueue<T> {
  private readonly waiting: { item: T; since: number }[] = [];
  private running = 0;
  private scheduled = false;
  private readonly idlers: (() => void)[] = [];

  constructor(
    private readonly work: (item: T) => Promise<void>,
    private readonly bound: QueueBound,
  ) {}

  /** @returns false when the queue is full: the item was not taken */
  add(item: T): boolean {
    if (this.isFull()) return false;
    this.waiting.push({ item, since: performance.now() });
    this.schedule();
    return true;
  }

  /** Pieces that wait. */
  get length(): number {
    return this.waiting.length;
  }

  /** Pieces that have begun and not ended. */
  get inProgress(): number {
    return this.running;
  }

  /** Resolves when nothing waits or runs. */
  idle(): Promise<void> {
    if (this.waiting.length === 0 && this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.idlers.push(resolve));
  }

  private isFull(): boolean {
    const [oldest] = this.waiting;
    if (oldest === undefined) return false;
    const { items, waitMs } = this.bound;
    return this.waiting.length >= items || performance.now() - oldest.since > waitMs;
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      const next = this.waiting.shift();
      if (next) void this.run(next.item);
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
