import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, analyzeWords } from './analyzer.js';
import { Bm25Index } from './bm25-index.js';

const text = fc
  .array(fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'the'), { maxLength: 5 })
  .map((words) => words.join(' '));
const writes = fc.array(
  fc.record({ id: fc.constantFrom(...'abcdef'), text: fc.option(text, { nil: undefined }) }),
  {
    maxLength: 80,
  },
);
const TERMS = ['alpha', 'beta', 'gamma', 'delta', 'the'];

function frequencies(index: Bm25Index): number[] {
  return TERMS.map((term) => index.documentFrequency(term));
}

describe('Bm25Index', () => {
  it('counts the last version of each document and nothing else', () => {
    fc.assert(
      fc.property(writes, (writes) => {
        const index = new Bm25Index();
        const documents = new Map<string, string>();
        for (const { id, text } of writes) {
          if (text === undefined) {
            index.delete(id);
            documents.delete(id);
          } else {
            index.set(id, text, text);
            documents.set(id, text);
          }
        }
        const texts = [...documents.values()];
        const holding = TERMS.map((term) => texts.filter((text) => analyze(text).includes(term)).length);
        expect(index.documents).toBe(texts.length);
        expect(index.totalLength).toBe(texts.reduce((sum, text) => sum + analyzeWords(text).length, 0));
        expect(frequencies(index)).toEqual(holding);
        expect([...index.terms()].toSorted()).toEqual(TERMS.filter((_, at) => holding[at]! > 0).toSorted());
        for (const id of 'abcdef') expect(index.get(id)).toBe(documents.get(id));
      }),
    );
  });

  it('returns exactly the terms whose document frequency a change moved, and by how much', () => {
    fc.assert(
      fc.property(writes, (writes) => {
        const index = new Bm25Index();
        for (const { id, text } of writes) {
          const before = frequencies(index);
          const changed = text === undefined ? index.delete(id) : index.set(id, text, '');
          const moved = TERMS.map((term, at) => [term, index.documentFrequency(term) - before[at]!] as const);
          expect(changed).toEqual(new Map(moved.filter(([, difference]) => difference !== 0)));
        }
      }),
    );
  });

  it('changes nothing when there is nothing to delete', () => {
    const index = new Bm25Index();
    index.set('a', 'alpha', '');
    expect(index.delete('b').size).toBe(0);
    expect(index.documents).toBe(1);
  });

  it('holds a document without words', () => {
    const index = new Bm25Index();
    index.set('empty', '', 'stored');
    expect([index.documents, index.totalLength, index.get('empty')]).toEqual([1, 0, 'stored']);
  });

  it('holds terms that objects have as names', () => {
    const index = new Bm25Index();
    index.set('a', 'constructor constructor hasOwnProperty', '');
    expect(index.documentFrequency('constructor')).toBe(1);
    expect(index.documentFrequency('valueOf')).toBe(0);
  });
});
