import type { Hit, SearchAnswer } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import { hasOneOf, isOrdered, isTotalRight } from './answer.ts';

const hit = (id: string, score: number): Hit => ({ id, score, title: '', text: '', shard: 0 });

const answer = (hits: number, total: number, searched = 100) =>
  ({
    hits: Array.from({ length: hits }, (_, at) => hit(`${at}`, 1)),
    total: { value: total, relation: 'eq' },
    coverage: { documents: { searched, total: 100 } },
  }) as SearchAnswer;

describe('a hit', () => {
  const document = { title: 'Herring', text: 'Small fishes, swimming in shoals.' };

  it.each([['herring'], ['fishing'], ['SHOAL']])('has %s or a variant of it', (word) => {
    expect(hasOneOf(document, ['zyzzyva', word])).toBe(true);
  });

  it('has neither a word that is not there nor one that only begins alike', () => {
    expect(hasOneOf(document, ['zyzzyva', 'swimsuit', 'shoe'])).toBe(false);
  });
});

describe('the total', () => {
  it.each([
    [0, 0],
    [3, 3],
    [10, 10],
    [10, 57],
  ])('with %i of ten hits may be %i', (hits, total) => {
    expect(isTotalRight(answer(hits, total), 10)).toBe(true);
  });

  it.each([
    [0, 1],
    [3, 2],
    [9, 57],
    [11, 57],
  ])('with %i of ten hits cannot be %i', (hits, total) => {
    expect(isTotalRight(answer(hits, total), 10)).toBe(false);
  });

  it('cannot be more than was searched', () => {
    expect(isTotalRight(answer(10, 57, 50), 10)).toBe(false);
  });
});

it('hits are in order when none is better than the one before it and none comes twice', () => {
  expect(isOrdered([])).toBe(true);
  expect(isOrdered([hit('a', 3), hit('b', 3), hit('c', 1)])).toBe(true);
  expect(isOrdered([hit('a', 1), hit('b', 3)])).toBe(false);
  expect(isOrdered([hit('a', 3), hit('a', 3)])).toBe(false);
});
