import { Accumulator } from './accumulator.js';
import type { Bm25Index } from './bm25-index.js';
import { TopK } from './top-k.js';
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
