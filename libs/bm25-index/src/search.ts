import { Accumulator, type Bm25Index } from './bm25-index.js';
import type { WeighedQuery } from './weights.js';

export interface Query extends WeighedQuery {
  /** or: a document holds any of the terms; and: it holds all of them. */
  operator: 'or' | 'and';
  /** Hits wanted from the top. */
  limit: number;
  /** Only documents of this routing key, which is a document's id when it was given none. */
  routing?: string;
}

export interface Hit {
  id: string;
  score: number;
  source: string;
}

export interface Found {
  /** Documents that match. */
  total: number;
  /** Documents in the indexes searched, whatever their routing key. */
  searched: number;
  /** Entries of the inverted lists that were walked: what the search cost. */
  postingsRead: number;
  /** Best first; equal scores by id. */
  hits: Hit[];
}

const accumulator = new Accumulator();

/**
 * The best hits of several indexes as if they were one: the same hits and, to the last bit, the same scores, however
 * the documents are spread over the indexes.
 */
export function search(indexes: Iterable<Bm25Index>, query: Query): Found {
  const top = new TopK<Hit>(query.limit);
  let total = 0;
  let searched = 0;
  let postingsRead = 0;
  for (const index of indexes) {
    searched += index.documents;
    postingsRead += index.score(query, accumulator);
    total += collect(index, query, top);
    accumulator.clear();
  }
  return { total, searched, postingsRead, hits: top.sorted() };
}

function collect(index: Bm25Index, { operator, terms, routing }: Query, top: TopK<Hit>): number {
  const { touched, count, matches, scores } = accumulator;
  const needed = operator === 'and' ? terms.length : 1;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const number = touched[i]!;
    if (matches[number]! < needed) continue;
    const document = index.at(number);
    if (routing !== undefined && (document.routing ?? document.id) !== routing) continue;
    total++;
    const score = scores[number]!;
    if (top.accepts(score, document.id)) top.add({ id: document.id, score, source: document.source });
  }
  return total;
}

export interface Ranked {
  readonly score: number;
  readonly id: string;
}

/**
 * The order of results: higher score first, equal scores by id in UTF-16 code units (plain `<`), so that it does not
 * depend on the place or the age of a document.
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
  private readonly limit: number;
  private readonly heap: T[] = [];

  /** @param limit maximum number of items, 0 or more */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether an item of this score and id would be kept: checked before an object is made. */
  accepts(score: number, id: string): boolean {
    if (this.heap.length < this.limit) return true;
    const worst = this.heap[0];
    if (worst === undefined || score < worst.score) return false;
    return score > worst.score || id < worst.id;
  }

  add(item: T): void {
    if (!this.accepts(item.score, item.id)) return;
    if (this.heap.length < this.limit) this.rise(item);
    else this.sink(item);
  }

  /** Items kept, best first. */
  sorted(): T[] {
    return this.heap.toSorted(compareRanked);
  }

  private rise(item: T): void {
    const heap = this.heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compareRanked(item, heap[parent]!) <= 0) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = item;
  }

  private sink(item: T): void {
    const heap = this.heap;
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
