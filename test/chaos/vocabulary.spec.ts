import { describe, expect, it } from 'vitest';
import { analyze } from '@shoal/bm25-index';
import { COHORT, cohortOf, EVERYWHERE, GROUPS, idOf, ORDINARY } from './vocabulary.ts';

describe('the words of the documents', () => {
  it('are terms of their own: no stop words, and no two with one stem', () => {
    const numbers = Array.from({ length: 2 * COHORT }, (_, number) => number);
    const words = [EVERYWHERE, ...GROUPS, ...ORDINARY, ...numbers.map(idOf), cohortOf(0), cohortOf(COHORT)];
    expect(new Set(words.flatMap((word) => analyze(word))).size).toBe(words.length);
  });
});
