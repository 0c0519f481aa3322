/**
 * Collects the items of one event-loop turn and flushes them together. Under load many requests arrive in one turn and share a
 * message; with a single client no request waits for others.
 */
export class TurnBatcher<T> {
  private items: T[] = [];

  /**
   * @param flush receives the items of a turn, in order, in batches of at most `maxWeight` or of one item
   * @param weigh returns the weight of an item, by which messages and replies stay bounded
   */
  constructor(
    private readonly flush: (items: T[]) => void,
    private readonly maxWeight: number,
    private readonly weigh: (item: T) => number,
  ) {}

  add(item: T): void {
    if (this.items.length === 0) setImmediate(() => this.flushTurn());
    this.items.push(item);
  }

  private flushTurn(): void {
    const items = this.items;
    this.items = [];
    let batch: T[] = [];
    let weight = 0;
    for (const item of items) {
      const added = this.weigh(item);
      if (batch.length > 0 && weight + added > this.maxWeight) {
        this.flush(batch);
        batch = [];
        weight = 0;
      }
      batch.push(item);
      weight += added;
    }
    this.flush(batch);
  }
}
