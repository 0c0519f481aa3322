import { beforeEach, describe, expect, it } from 'vitest';
import type { SearchAnswer } from '@shoal/contracts';
import { checkSearch } from './check-search.ts';
import { History } from './history.ts';
import { answerOf, hitOf, written } from './made-up.ts';
import type { Question } from './truth.ts';

const COD: Question = { words: ['cod'], operator: 'or' };
const ASKED = { sentAt: 100, receivedAt: 110 };

let history: History;
beforeEach(() => {
  history = new History();
});

function broken(answer: SearchAnswer, question = COD, size = 1000): string[] {
  return checkSearch(history, question, size, answer, ASKED).map(({ rule }) => rule);
}

describe('an answer that is right', () => {
  it('has each confirmed match once, and nothing else', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('b'), 0, 'confirmed', 'eel');
    expect(broken(answerOf([hitOf(history, 'a', 1)], { searched: 2 }))).toEqual([]);
  });

  it.each(['open', 'indeterminate', 'acknowledged', 'uploaded'] as const)(
    'may or may not know a write that is %s',
    (fate) => {
      written(history.of('a'), 0, 'confirmed', 'cod');
      written(history.of('a'), 50, fate, 'eel');
      expect(broken(answerOf([hitOf(history, 'a', 1)]))).toEqual([]);
      expect(broken(answerOf([], { searched: 1 }))).toEqual([]);
    },
  );

  it('may or may not know a write that was confirmed while it was on its way', () => {
    written(history.of('a'), 95, 'confirmed', 'cod');
    expect(broken(answerOf([hitOf(history, 'a', 1)]))).toEqual([]);
    expect(broken(answerOf([]))).toEqual([]);
  });

  it('may miss a document that is moving, or count it in both places', () => {
    written(history.of('a'), 0, 'confirmed', 'cod', 'north');
    written(history.of('a'), 50, 'acknowledged', 'cod', 'south');
    expect(broken(answerOf([]))).toEqual([]);
    expect(broken(answerOf([hitOf(history, 'a', 2)], { searched: 2, total: 2 }))).toEqual([]);
  });

  it('of more than 100 hits may show another version than the one that matched', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 50, 'open', 'eel');
    const others = Array.from({ length: 100 }, (_, at) => `b${at + 100}`);
    for (const id of others) written(history.of(id), 0, 'confirmed', 'cod');
    const hits = [hitOf(history, 'a', 2), ...others.map((id) => hitOf(history, id, 1))];
    expect(broken(answerOf(hits))).toEqual([]);
  });

  it('may have more matches than were asked for', () => {
    for (const id of ['a', 'b']) written(history.of(id), 0, 'confirmed', 'cod');
    expect(broken(answerOf([hitOf(history, 'a', 1)], { total: 2, searched: 2 }), COD, 1)).toEqual([]);
  });

  it('may miss anything when it is degraded', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    expect(broken(answerOf([], { silent: 1 }))).toEqual([]);
  });
});

describe('an answer is found wrong when it', () => {
  it('hides a confirmed document', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    expect(broken(answerOf([], { searched: 1 }))).toEqual(['nothing hidden']);
  });

  it('hides a document in all of the versions that it may have', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 50, 'open', 'cod eel');
    expect(broken(answerOf([], { searched: 1 }))).toEqual(['nothing hidden']);
  });

  it('hides one that has moved', () => {
    written(history.of('a'), 0, 'confirmed', 'cod', 'north');
    written(history.of('a'), 50, 'confirmed', 'cod', 'south');
    expect(broken(answerOf([], { searched: 1 }))).toEqual(['nothing hidden']);
  });

  it('gives an older version than the confirmed one', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 50, 'confirmed', 'cod eel');
    expect(broken(answerOf([hitOf(history, 'a', 1)]))).toEqual(['nothing stale']);
  });

  it('gives a document that is deleted, once a newer write is confirmed', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 20, 'acknowledged', null);
    written(history.of('a'), 50, 'confirmed', 'eel');
    expect(broken(answerOf([hitOf(history, 'a', 1)]))).toEqual(['nothing stale']);
  });

  it('gives a version that was sent only after it came', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 120, 'open', 'cod');
    expect(broken(answerOf([hitOf(history, 'a', 2)]))).toEqual(['nothing stale']);
  });

  it('gives a document that nobody wrote, a version that was rejected, or words that were never in it', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 20, 'rejected', 'cod eel');
    const known = hitOf(history, 'a', 1);
    for (const hit of [{ ...known, id: 'z' }, hitOf(history, 'a', 2), { ...known, text: 'cod cod' }])
      expect(broken(answerOf([hit], { silent: 1 }))).toEqual(['nothing is invented']);
  });

  it('gives what does not match', () => {
    written(history.of('a'), 0, 'confirmed', 'eel');
    expect(broken(answerOf([hitOf(history, 'a', 1)], { total: 0 }))).toContain('hits match');
    written(history.of('b'), 0, 'confirmed', 'cod', 'north');
    const south = { ...COD, routing: 'south' };
    expect(broken(answerOf([hitOf(history, 'b', 1)], { total: 0 }), south)).toContain('hits match');
  });

  it('of few hits shows a version that does not match, though another one does', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    written(history.of('a'), 50, 'open', 'eel');
    expect(broken(answerOf([hitOf(history, 'a', 2)]))).toEqual(['hits match']);
  });

  it('gives a document twice, also when it is degraded', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    const hit = hitOf(history, 'a', 1);
    expect(broken(answerOf([hit, hit], { silent: 1 }))).toContain('no hit twice');
  });

  it('puts a lower score before a higher one, or equal scores in another order than that of the ids', () => {
    for (const id of ['a', 'b']) written(history.of(id), 0, 'confirmed', 'cod');
    expect(broken(answerOf([hitOf(history, 'a', 1, 1), hitOf(history, 'b', 1, 2)]))).toEqual(['best first']);
    expect(broken(answerOf([hitOf(history, 'b', 1), hitOf(history, 'a', 1)]))).toEqual(['best first']);
  });

  it('counts other matches than it shows', () => {
    written(history.of('a'), 0, 'confirmed', 'cod');
    const rule = 'the total is the number of hits';
    expect(broken(answerOf([hitOf(history, 'a', 1)], { total: 0 }))).toContain(rule);
    expect(broken(answerOf([hitOf(history, 'a', 1)], { total: 2 }))).toContain(rule);
  });

  it('says that it searched other documents than there are', () => {
    for (const id of ['a', 'b']) written(history.of(id), 0, 'confirmed', 'eel');
    const rule = 'coverage tells the truth';
    expect(broken(answerOf([], { searched: 1 }))).toEqual([rule]);
    expect(broken(answerOf([], { searched: 3 }))).toEqual([rule]);
  });

  it('has a coverage that does not add up', () => {
    const answer = answerOf([]);
    const rule = 'coverage tells the truth';
    const { coverage } = answer;
    const { shards } = coverage;
    expect(broken({ ...answer, coverage: { ...coverage, degraded: true } })).toEqual([rule]);
    expect(broken({ ...answer, coverage: { ...coverage, shards: { ...shards, answered: 1 } } })).toEqual([
      rule,
    ]);
    expect(
      broken({ ...answer, coverage: { ...coverage, shards: { ...shards, answered: 1, failed: 1 } } }),
    ).toEqual([rule]);
    expect(broken({ ...answer, coverage: { ...coverage, documents: { searched: 0, total: 1 } } })).toEqual([
      rule,
    ]);
  });
});
