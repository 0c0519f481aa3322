import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bm25Index } from './bm25-index.js';
import { PartitionJournal } from './partition-journal.js';
import { StatisticsTable } from './statistics-table.js';

const PARTITIONS = 2;
const TERMS = ['alpha', 'beta', 'gamma', 'delta'];
const partition = fc.nat(PARTITIONS - 1);

/** A log that keeps the last value of each document only, as DOCS does. */
type Log = Map<string, { sequence: number; text: string | undefined }>;

/** A copy of a partition, which sees of the log what is still in it when it follows. */
class Replica {
  readonly index = new Bm25Index();
  readonly journal = new PartitionJournal(this.index, 8);
  applied = 0;

  /** A new process: it replays the log, and its journal begins where that ends. */
  static from(log: Log): Replica {
    const fresh = new Replica();
    fresh.follow(log);
    fresh.journal.startsAt(fresh.applied);
    return fresh;
  }

  follow(log: Log): void {
    const records = [...log].toSorted(([, a], [, b]) => a.sequence - b.sequence);
    for (const [id, { sequence, text }] of records)
      if (sequence > this.applied) this.write(sequence, id, text);
  }

  write(sequence: number, id: string, text: string | undefined): void {
    const changed = text === undefined ? this.index.delete(id) : this.index.set(id, text, text);
    this.applied = sequence;
    this.journal.record(sequence, changed);
  }

  change(sequence: number, fingerprint?: number) {
    return { sequence: this.applied, ...this.journal.since(sequence, fingerprint) };
  }
}

const which = { partition, copy: fc.nat(1) };
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      ...which,
      id: fc.constantFrom(...'abcd'),
      text: fc.option(
        fc.subarray(TERMS).map((terms) => terms.join(' ')),
        { nil: undefined, freq: 3 },
      ),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('follow' as const, 'ask' as const), ...which }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart' as const, 'late' as const),
      ...which,
    }),
  },
);

describe('StatisticsTable', () => {
  it('equals the sum over its partitions, whichever copy reports', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const table = new StatisticsTable();
        const logs = Array.from({ length: PARTITIONS }, (): Log => new Map());
        const copies = logs.map((log) => [Replica.from(log), Replica.from(log)]);
        const answers = copies.map(([first]) => first!.change(0));
        const ask = (partition: number, copy: number) => {
          const since = table.sequence(partition) ?? -1;
          const answer = copies[partition]![copy]!.change(since, table.fingerprint(partition));
          const before = TERMS.map((term) => table.documentFrequency(term));
          const changed = table.apply(partition, answer);
          expect([...changed].toSorted()).toEqual(
            TERMS.filter((term, at) => table.documentFrequency(term) !== before[at]).toSorted(),
          );
          answers[partition] = answer;
        };

        steps.forEach((step, at) => {
          const { kind, partition, copy } = step;
          const log = logs[partition]!;
          if (kind === 'write') log.set(step.id, { sequence: at + 1, text: step.text });
          else if (kind === 'follow') copies[partition]![copy]!.follow(log);
          else if (kind === 'ask') ask(partition, copy);
          else if (kind === 'restart') copies[partition]![copy] = Replica.from(log);
          else table.apply(partition, answers[partition]!);
        });
        logs.forEach((log, partition) => {
          copies[partition]!.forEach((copy) => copy.follow(log));
          ask(partition, 0);
          ask(partition, 1);
          expect(answers[partition]!.frequencies, 'copies that are level agree').toEqual([]);
        });

        const sum = (count: (index: Bm25Index) => number) =>
          copies.reduce((total, [first]) => total + count(first!.index), 0);
        expect(table.documents).toBe(sum((index) => index.documents));
        expect(table.totalLength).toBe(sum((index) => index.totalLength));
        expect(TERMS.map((term) => table.documentFrequency(term))).toEqual(
          TERMS.map((term) => sum((index) => index.documentFrequency(term))),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('drops the terms of a partition when a full change has none', () => {
    const replica = new Replica();
    replica.write(1, 'a', 'alpha beta');
    const empty = { full: true, sequence: 2, documents: 0, totalLength: 0, frequencies: [] };
    const table = new StatisticsTable();
    table.apply(0, replica.change(0));
    table.apply(1, replica.change(0));
    expect([...table.apply(0, empty)]).toEqual(['alpha', 'beta']);
    expect(table.documentFrequency('alpha')).toBe(1);
    expect(table.documentsIn(1)).toBe(1);
    expect([...table.apply(1, empty)]).toEqual(['alpha', 'beta']);
    expect([table.documents, table.totalLength, table.documentFrequency('alpha')]).toEqual([0, 0, 0]);
  });
});
