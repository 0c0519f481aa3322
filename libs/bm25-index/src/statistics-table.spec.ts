import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bm25Index } from './bm25-index.js';
import { PartitionJournal } from './partition-journal.js';
import { StatisticsTable } from './statistics-table.js';

const PARTITIONS = 3;
const TERMS = ['alpha', 'beta', 'gamma', 'delta'];
const partition = fc.nat(PARTITIONS - 1);

/** A partition that follows a log, and its copy that replays only the last values of it. */
class Replica {
  readonly index = new Bm25Index();
  readonly journal = new PartitionJournal(this.index, 8);
  applied = 0;

  write(sequence: number, id: string, text: string | undefined): void {
    const changed = text === undefined ? (this.index.delete(id) ?? []) : this.index.set(id, text, text);
    this.applied = sequence;
    this.journal.record(sequence, changed);
  }

  /** A new process in the same place: it has the documents, and no memory of how they came. */
  restarted(): Replica {
    const fresh = new Replica();
    for (const id of 'abcd') {
      const text = this.index.get(id);
      if (text !== undefined) fresh.write(this.applied, id, text);
    }
    fresh.applied = this.applied;
    fresh.journal.startsAt(fresh.applied);
    return fresh;
  }

  change(since: number) {
    return { sequence: this.applied, ...this.journal.since(since) };
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      partition,
      id: fc.constantFrom(...'abcd'),
      text: fc.option(
        fc.subarray(TERMS).map((terms) => terms.join(' ')),
        { nil: undefined, freq: 3 },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ask' as const), partition }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('restart' as const, 'drop' as const, 'late' as const),
      partition,
    }),
  },
);

describe('StatisticsTable', () => {
  it('equals the sum over its partitions, however differences and full tables come', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const table = new StatisticsTable();
        const replicas = Array.from({ length: PARTITIONS }, () => new Replica().restarted());
        const answers = replicas.map((replica) => replica.change(0));
        const ask = (partition: number) => {
          const since = table.sequence(partition) ?? -1;
          const answer = replicas[partition]!.change(since);
          const before = TERMS.map((term) => table.documentFrequency(term));
          const changed = table.apply(partition, answer);
          expect([...changed].toSorted()).toEqual(
            TERMS.filter((term, at) => table.documentFrequency(term) !== before[at]).toSorted(),
          );
          answers[partition] = answer;
        };

        steps.forEach((step, sequence) => {
          if (step.kind === 'write') replicas[step.partition]!.write(sequence + 1, step.id, step.text);
          else if (step.kind === 'ask') ask(step.partition);
          else if (step.kind === 'restart') replicas[step.partition] = replicas[step.partition]!.restarted();
          else if (step.kind === 'drop') table.drop(step.partition);
          else table.apply(step.partition, answers[step.partition]!);
        });
        replicas.forEach((_, partition) => ask(partition));

        const sum = (count: (index: Bm25Index) => number) =>
          replicas.reduce((total, { index }) => total + count(index), 0);
        expect(table.documents).toBe(sum((index) => index.documents));
        expect(table.totalLength).toBe(sum((index) => index.totalLength));
        const held = TERMS.map(
          (term) => [term, sum((index) => index.documentFrequency(term))] as const,
        ).filter(([, frequency]) => frequency > 0);
        expect(new Map(table.entries())).toEqual(new Map(held));
      }),
    );
  });

  it('is empty again when every partition is dropped', () => {
    const replica = new Replica();
    replica.write(1, 'a', 'alpha beta');
    const table = new StatisticsTable();
    table.apply(0, replica.change(0));
    table.apply(1, replica.change(0));
    expect([...table.drop(0)]).toEqual(['alpha', 'beta']);
    expect(table.documentFrequency('alpha')).toBe(1);
    expect(table.documentsIn(1)).toBe(1);
    expect([...table.drop(1)]).toEqual(['alpha', 'beta']);
    expect([table.documents, table.totalLength, [...table.entries()]]).toEqual([0, 0, []]);
  });
});
