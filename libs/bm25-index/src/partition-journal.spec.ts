import { describe, expect, it } from 'vitest';
import { Bm25Index } from './bm25-index.js';
import { PartitionJournal } from './partition-journal.js';

function journaled(capacity?: number) {
  const index = new Bm25Index();
  const journal = new PartitionJournal(index, capacity);
  const set = (sequence: number, id: string, text: string) =>
    journal.record(sequence, index.set(id, text, text));
  return { index, journal, set };
}

describe('PartitionJournal', () => {
  it('tells only what changed after a sequence, as it is now', () => {
    const { journal, set } = journaled();
    journal.startsAt(0);
    set(1, 'a', 'alpha');
    set(2, 'b', 'beta');
    set(3, 'b', 'alpha gamma');
    expect(journal.since(1, journal.id)).toEqual({
      journal: journal.id,
      full: false,
      documents: 2,
      totalLength: 3,
      frequencies: expect.arrayContaining([
        ['alpha', 2],
        ['beta', 0],
        ['gamma', 1],
      ]),
    });
    expect(journal.since(3, journal.id).frequencies).toEqual([]);
  });

  it('tells everything for a sequence before it began', () => {
    const { journal, set } = journaled();
    set(7, 'a', 'alpha');
    expect(journal.since(7, journal.id).full).toBe(true);
    journal.startsAt(7);
    expect(journal.since(6, journal.id).full).toBe(true);
    expect(journal.since(7, journal.id)).toMatchObject({
      full: false,
      documents: 1,
      totalLength: 1,
      frequencies: [],
    });
  });

  it('tells everything to who has the word of another journal, also of the same sequence', () => {
    const { journal, set } = journaled();
    journal.startsAt(0);
    set(1, 'a', 'alpha');
    expect(journal.since(1, journaled().journal.id).full).toBe(true);
    expect(journal.since(1, undefined).full).toBe(true);
  });

  it('tells everything once it had to forget', () => {
    const { journal, set } = journaled(2);
    journal.startsAt(0);
    set(1, 'a', 'alpha');
    set(2, 'b', 'beta');
    expect(journal.since(0, journal.id).full).toBe(false);
    set(3, 'c', 'gamma');
    expect(journal.since(0, journal.id).full).toBe(true);
    expect(journal.since(1, journal.id).full).toBe(false);
  });
});
