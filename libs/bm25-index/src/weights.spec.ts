import { describe, expect, it } from 'vitest';
import { idf, weighQuery } from './weights.js';

const statistics = (documents: number, totalLength: number) => ({
  documents,
  totalLength,
  documentFrequency: (term: string) => (term === 'dog' ? 3 : 0),
});

describe('idf', () => {
  it('is what Lucene computes', () => {
    expect(idf(10, 3)).toBeCloseTo(Math.log(1 + 7.5 / 3.5), 12);
  });

  it('is not negative for a term that every document holds', () => {
    expect(idf(10, 10)).toBeGreaterThan(0);
  });
});

describe('weighQuery', () => {
  it('has each term once, in the order of the query', () => {
    const { terms, averageLength } = weighQuery('unseen dogs and a dog', statistics(10, 45));
    expect(terms).toEqual([
      ['unseen', idf(10, 0)],
      ['dog', idf(10, 3)],
    ]);
    expect(averageLength).toBe(4.5);
  });

  it('has a length to divide by also when the corpus is empty', () => {
    expect(weighQuery('dog', statistics(0, 0)).averageLength).toBe(1);
    expect(weighQuery('dog', statistics(2, 0)).averageLength).toBe(1);
  });

  it('has no terms for a query of stop words', () => {
    expect(weighQuery('to be or not to be', statistics(10, 45)).terms).toEqual([]);
  });
});
