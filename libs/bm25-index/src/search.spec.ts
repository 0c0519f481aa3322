import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, analyzeWords } from './analyzer.js';
import { Bm25Index } from './bm25-index.js';
import { compareRanked, search, type Query } from './search.js';
import { weighQuery } from './weights.js';

/** The last write of each id counts; undefined text is a delete. */
type Write = { id: string; text: string | undefined };

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'the', 'dogs', 'x1');
const repeated = fc
  .tuple(word, fc.constantFrom(1, 2, 3, 31, 32, 33, 70))
  .map(([word, times]) => `${word} `.repeat(times));
const text = fc.array(repeated, { maxLength: 6 }).map((words) => words.join(''));
const id = fc.constantFrom(...'abcdefghijkl');
const write: fc.Arbitrary<Write> = fc.record({ id, text: fc.option(text, { nil: undefined, freq: 4 }) });
const writes = fc.array(write, { maxLength: 60 });
const query = fc.record({
  q: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
  operator: fc.constantFrom<'or' | 'and'>('or', 'and'),
  limit: fc.integer({ min: 0, max: 14 }),
});

function apply(index: Bm25Index, { id, text }: Write): void {
  if (text === undefined) index.delete(id);
  else index.set(id, text, `source of ${id}`);
}

function indexed(writes: Write[]): Bm25Index {
  const index = new Bm25Index();
  for (const write of writes) apply(index, write);
  return index;
}

/** BM25 as the book has it, without an index. */
function reference(documents: Map<string, string>, { terms, averageLength, operator, limit }: Query) {
  const hits = Array.from(documents, ([id, text]) => {
    const held = analyze(text);
    const frequency = (term: string) => held.filter((other) => other === term).length;
    const score = terms.reduce((sum, [term, weight]) => {
      const tf = frequency(term);
      const norm = 1.2 * (1 - 0.75 + (0.75 * analyzeWords(text).length) / averageLength);
      return tf === 0 ? sum : sum + (weight * tf * 2.2) / (tf + norm);
    }, 0);
    const matched = terms.filter(([term]) => frequency(term) > 0).length;
    return { id, score, matches: terms.length > 0 && matched >= (operator === 'and' ? terms.length : 1) };
  }).filter(({ matches }) => matches);
  return { total: hits.length, hits: hits.toSorted(compareRanked).slice(0, limit) };
}

function lastWrites(writes: Write[]): Map<string, string> {
  const documents = new Map<string, string>();
  for (const { id, text } of writes) {
    if (text === undefined) documents.delete(id);
    else documents.set(id, text);
  }
  return documents;
}

describe('search', () => {
  it('gives the hits and scores of the textbook formula, after any writes', () => {
    fc.assert(
      fc.property(writes, query, (writes, { q, operator, limit }) => {
        const index = indexed(writes);
        const asked = { ...weighQuery(q, index), operator, limit };
        const found = search([index], asked);
        const expected = reference(lastWrites(writes), asked);
        expect(found.total).toBe(expected.total);
        expect(found.searched).toBe(index.documents);
        expect(found.hits.map(({ score }) => score.toFixed(9))).toEqual(
          expected.hits.map(({ score }) => score.toFixed(9)),
        );
      }),
    );
  });

  it('gives the same hits and the same bits of score however documents came and are spread', () => {
    fc.assert(
      fc.property(writes, query, fc.integer({ min: 1, max: 5 }), (writes, { q, operator, limit }, spread) => {
        const one = indexed(writes);
        const fresh = indexed(Array.from(lastWrites(writes), ([id, text]) => ({ id, text })).toReversed());
        const many = Array.from({ length: spread }, () => new Bm25Index());
        for (const write of writes) apply(many[write.id.charCodeAt(0) % spread]!, write);

        const asked = { ...weighQuery(q, one), operator, limit };
        const { postingsRead, ...expected } = search([one], asked);
        expect(search([fresh], { ...weighQuery(q, fresh), operator, limit })).toMatchObject(expected);
        expect(search(many, asked)).toMatchObject(expected);
        one.compact();
        const compacted = search([one], asked);
        expect(compacted).toMatchObject(expected);
        // Postings of dead versions are gone.
        expect(compacted.postingsRead).toBeLessThanOrEqual(postingsRead);
      }),
    );
  });

  it('pages without overlap or gap: a shorter answer is the head of a longer one', () => {
    fc.assert(
      fc.property(writes, query, (writes, { q, operator, limit }) => {
        const index = indexed(writes);
        const asked = { ...weighQuery(q, index), operator, limit: 100 };
        expect(search([index], { ...asked, limit }).hits).toEqual(
          search([index], asked).hits.slice(0, limit),
        );
      }),
    );
  });

  it('breaks ties by id', () => {
    const index = indexed(['c', 'a', 'b'].map((id) => ({ id, text: 'same words' })));
    const { hits } = search([index], { ...weighQuery('same', index), operator: 'or', limit: 2 });
    expect(hits.map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('keeps to the documents of a routing key, which is the id of a document without one', () => {
    const index = new Bm25Index();
    index.set('1', 'dog', 'one', 'kennel');
    index.set('kennel', 'dog', 'two');
    index.set('3', 'dog', 'three', 'zoo');
    const asked = { ...weighQuery('dog', index), operator: 'or' as const, limit: 9 };
    const { hits, total, searched } = search([index], { ...asked, routing: 'kennel' });
    expect(hits.map(({ source }) => source)).toEqual(['one', 'two']);
    expect({ total, searched }).toEqual({ total: 2, searched: 3 });
  });

  it('finds a document whose terms the statistics do not know yet', () => {
    const index = indexed([{ id: 'new', text: 'unheard' }]);
    const asked = weighQuery('unheard', { documents: 0, totalLength: 0, documentFrequency: () => 0 });
    expect(search([index], { ...asked, operator: 'or', limit: 1 }).hits[0]?.score).toBeGreaterThan(0);
  });

  it('finds nothing for a query of stop words, whatever the operator', () => {
    const index = indexed([{ id: 'a', text: 'to be or not to be' }]);
    for (const operator of ['or', 'and'] as const)
      expect(search([index], { ...weighQuery('to be', index), operator, limit: 5 }).total).toBe(0);
  });
});
