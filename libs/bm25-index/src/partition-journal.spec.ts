import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bm25Index } from './bm25-index.js';
import { Fingerprint, PartitionJournal } from './partition-journal.js';

function journaled(capacity?: number) {
  const index = new Bm25Index();
  const journal = new PartitionJournal(index, capacity);
  const set = (sequence: number, id: string, text: string) =>
    journal.record(sequence, index.set(id, text, text));
  return { index, journal, set };
}

describe('PartitionJournal', () => {
  it('returns only terms that changed after a sequence, with their current frequency', () => {
    const { journal, set } = journaled();
    journal.startsAt(0);
    set(1, 'a', 'alpha');
    const first = journal.fingerprint;
    set(2, 'b', 'beta');
    set(3, 'b', 'alpha gamma');
    expect(journal.since(1, first)).toEqual({
      full: false,
      documents: 2,
      totalLength: 3,
      frequencies: expect.arrayContaining([
        ['alpha', 2],
        ['beta', 0],
        ['gamma', 1],
      ]),
    });
    expect(journal.since(3, journal.fingerprint)).toMatchObject({ full: false, frequencies: [] });
  });

  it('returns everything for a sequence before it began', () => {
    const { journal, set } = journaled();
    set(7, 'a', 'alpha');
    expect(journal.since(7, journal.fingerprint).full).toBe(true);
    journal.startsAt(7);
    expect(journal.since(6, 0).full).toBe(true);
    expect(journal.since(7, journal.fingerprint)).toMatchObject({
      full: false,
      documents: 1,
      totalLength: 1,
    });
  });

  it('returns a difference to another copy only when their fingerprints match', () => {
    const [one, same, behind] = [journaled(), journaled(), journaled()];
    for (const copy of [one, same, behind]) copy.journal.startsAt(0);
    // The copy that is behind never sees the first version of `a`: the log keeps the last one only.
    for (const copy of [one, same]) copy.set(1, 'a', 'alpha');
    for (const copy of [one, same, behind]) copy.set(2, 'b', 'beta');
    const told = one.journal.fingerprint;
    for (const copy of [same, behind]) copy.set(3, 'a', 'gamma');
    expect(same.journal.since(2, told)).toMatchObject({
      full: false,
      frequencies: [
        ['gamma', 1],
        ['alpha', 0],
      ],
    });
    expect(behind.journal.since(2, told).full).toBe(true);
    expect(behind.journal.fingerprint).toBe(same.journal.fingerprint);
  });

  it('returns everything for a sequence that was evicted', () => {
    const { journal, set } = journaled(2);
    journal.startsAt(0);
    set(1, 'a', 'alpha');
    const first = journal.fingerprint;
    set(2, 'b', 'beta');
    expect(journal.since(0, 0).full).toBe(false);
    set(3, 'c', 'gamma');
    expect(journal.since(0, 0).full).toBe(true);
    expect(journal.since(1, first).full).toBe(false);
  });
});

function fingerprintOf(...changes: [term: string, difference: number][]): number {
  const fingerprint = new Fingerprint();
  for (const [term, difference] of changes) fingerprint.add(term, difference);
  return fingerprint.value;
}

describe('Fingerprint', () => {
  it('is the same whichever way the frequencies came about', () => {
    const change = fc.tuple(fc.string(), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const frequencies = new Map<string, number>();
        for (const [term, difference] of changes)
          frequencies.set(term, (frequencies.get(term) ?? 0) + difference);
        expect(fingerprintOf(...changes)).toBe(fingerprintOf(...frequencies));
      }),
    );
  });

  it('tells terms apart that exchanged a character', () => {
    const digits = [...'0123456789'];
    const seen = new Map<number, string>();
    for (const term of digits.flatMap((a) => digits.map((b) => a + b)))
      for (const other of digits.flatMap((a) => digits.map((b) => a + b)).filter((other) => other > term)) {
        const value = fingerprintOf([term, 1], [other, 1]);
        expect(seen.get(value)).toBeUndefined();
        seen.set(value, `${term} ${other}`);
      }
  });
});
