/**
 * Collects what is added during one turn of the event loop and hands it over together: under load many requests arrive
 * in one turn and share a message; with a single client nothing waits for company.
 */
export class TurnBatcher<T> {
  private items: T[] = [];

  /**
   * @param flush gets the items of a turn, in order, in batches of at most `maxWeight` (or of one item)
   * @param weigh what an item adds to a message and to the reply, so that both stay bounded
   */
  constructor(
    private readonly flush: (items: T[]) => void,
    private readonly maxWeight: number,
    private readonly weigh: (item: T) => number,
  ) {}

  add(item: T): void {
    if (this.items.length === 0) setImmediate(() => this.hand());
    this.items.push(item);
  }

  private hand(): void {
    const items = this.items;
    this.items = [];
    let batch: T[] = [];
    let weight = 0;
    for (const item of items) {
      const more = this.weigh(item);
      if (batch.length > 0 && weight + more > this.maxWeight) {
        this.flush(batch);
        batch = [];
        weight = 0;
      }
      batch.push(item);
      weight += more;
    }
    this.flush(batch);
  }
}
