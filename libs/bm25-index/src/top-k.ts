export interface Ranked {
  readonly score: number;
  readonly id: string;
}

/**
 * The order of results: higher score first, equal scores by id in UTF-16 code units (plain `<`), so that it does not
 * depend on where a document lies or when it came.
 */
export function compareRanked(a: Ranked, b: Ranked): number {
  if (a.score !== b.score) return b.score - a.score;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * Keeps the best k of what it is given, in O(log k) each: a binary heap with the worst one kept at the root (Sedgewick
 * and Wayne, *Algorithms*, 2.4). A newcomer is compared by the whole order, ids included: a heap that looks at scores
 * only keeps whichever of two equals came first.
 */
export class TopK<T extends Ranked> {
  readonly #limit: number;
  readonly #heap: T[] = [];

  /** @param limit how many to keep, 0 or more */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether an item of this score and id would be kept: to ask before an object is made. */
  accepts(score: number, id: string): boolean {
    if (this.#heap.length < this.#limit) return true;
    const worst = this.#heap[0];
    if (worst === undefined || score < worst.score) return false;
    return score > worst.score || id < worst.id;
  }

  add(item: T): void {
    if (!this.accepts(item.score, item.id)) return;
    if (this.#heap.length < this.#limit) this.#rise(item);
    else this.#sink(item);
  }

  /** What is kept, best first. */
  sorted(): T[] {
    return this.#heap.toSorted(compareRanked);
  }

  #rise(item: T): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compareRanked(item, heap[parent]!) <= 0) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  #sink(item: T): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && compareRanked(heap[child + 1]!, heap[child]!) > 0) child++;
      if (compareRanked(item, heap[child]!) >= 0) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = item;
  }
}
