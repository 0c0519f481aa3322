import type { SearchAnswer } from '@shoal/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkRead } from './check-read.ts';
import { checkSearch } from './check-search.ts';
import { History } from './history.ts';
import { answerOf, hitOf, written } from './made-up.ts';
import type { Question } from './truth.ts';

// Histories that three switched-off safeties leave, as test/failure/faults-of-data.spec.ts provokes them and
// `npm run chaos -- --faults ...` records them, with all documents left out that the violation does not concern.

const SPAN = { sentAt: 1_000, receivedAt: 1_030 };
const COD: Question = { words: ['cod'], operator: 'or' };
const SIZE = 1_000;

let history: History;
beforeEach(() => {
  history = new History();
});

const rules = (answer: SearchAnswer) =>
  new Set(checkSearch(history, COD, SIZE, answer, SPAN).map(({ rule }) => rule));

/** Five documents with the same word; a partition of two shards holds some of them. */
function seed(): string[] {
  const ids = ['d0', 'd1', 'd2', 'd3', 'd4'];
  for (const id of ids) written(history.of(id), 0, 'confirmed', 'cod');
  return ids;
}
const hits = (ids: string[]) => ids.map((id) => hitOf(history, id, 1));

describe('paused-leader with fencing-off', () => {
  it('breaks "nothing stale" and the law of reads when an old version overwrites', () => {
    const document = history.of('d1');
    written(document, 0, 'confirmed', 'cod');
    // The paused leader holds version 2; its successor confirms version 3 before the pause ends.
    written(document, 100, 'acknowledged', 'cod eel');
    written(document, 500, 'confirmed', 'cod ray');
    expect(rules(answerOf([hitOf(history, 'd1', 2)]))).toEqual(new Set(['nothing stale']));
    const read = checkRead(document, document.writes[2]!.body, SPAN);
    expect(read.map(({ rule }) => rule)).toEqual(['a read sees what was acknowledged']);
    expect(rules(answerOf([hitOf(history, 'd1', 3)]))).toEqual(new Set());
  });

  it('breaks "nothing hidden" when the old version lacks the word', () => {
    const document = history.of('d1');
    written(document, 100, 'acknowledged', 'eel');
    written(document, 500, 'confirmed', 'cod');
    expect(rules(answerOf([], { searched: 1 }))).toEqual(new Set(['nothing hidden']));
  });
});

describe('silent-shards', () => {
  it('breaks "nothing hidden" when a shard without an answer counts as empty', () => {
    const [first = '', second = '', ...rest] = seed();
    // The claimed coverage still counts the documents of the silent shard.
    const claimed = answerOf(hits([first, second]), { searched: 5 });
    expect(rules(claimed)).toEqual(new Set(['nothing hidden']));
    const honest = answerOf(hits([first, second]), { searched: 2, silent: 1 });
    expect(rules(honest)).toEqual(new Set());
    expect(rules(answerOf(hits([first, second, ...rest])))).toEqual(new Set());
  });
});

describe('replay-skipped', () => {
  it('breaks coverage and "nothing hidden" when a replica answers before replay', () => {
    const [first = ''] = seed();
    const empty = answerOf(hits([first]), { searched: 1 });
    expect(rules(empty)).toEqual(new Set(['coverage tells the truth', 'nothing hidden']));
  });
});
