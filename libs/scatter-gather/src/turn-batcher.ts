/**
 * Collects what is added during one turn of the event loop and hands it over together: under load many requests arrive
 * in one turn and share a message; with a single client nothing waits for company.
 */
export class TurnBatcher<T> {
  private items: T[] = [];

  /**
   * @param flush gets the items of a turn, in order, at most `maxItems` at a time
   * @param maxItems keeps a message, and the reply to it, bounded
   */
  constructor(
    private readonly flush: (items: T[]) => void,
    private readonly maxItems = 64,
  ) {}

  add(item: T): void {
    if (this.items.length === 0) setImmediate(() => this.hand());
    this.items.push(item);
  }

  private hand(): void {
    const items = this.items;
    this.items = [];
    for (let from = 0; from < items.length; from += this.maxItems) {
      this.flush(items.slice(from, from + this.maxItems));
    }
  }
}
