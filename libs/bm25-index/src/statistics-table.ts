import { Fingerprint, type StatisticsChange } from './partition-journal.js';
import type { CorpusStatistics } from './weights.js';

interface Contribution {
  sequence: number;
  documents: number;
  totalLength: number;
  frequencies: Map<string, number>;
  fingerprint: Fingerprint;
}

/** A partition's change and the log sequence up to which it counts. */
export type SequencedChange = StatisticsChange & { sequence: number };

/**
 * The reduce side of the corpus statistics: the sum over partitions of what their journals returned. It keeps each
 * partition's contribution, so that a partition's change replaces its earlier values.
 */
export class StatisticsTable implements CorpusStatistics {
  private readonly partitions = new Map<number, Contribution>();
  private readonly totals = new Map<string, number>();
  private documentCount = 0;
  private lengthSum = 0;

  get documents(): number {
    return this.documentCount;
  }

  get totalLength(): number {
    return this.lengthSum;
  }

  documentFrequency(term: string): number {
    return this.totals.get(term) ?? 0;
  }

  /** The sequence up to which a partition is counted: the argument for its journal. Undefined: it is not held. */
  sequence(partition: number): number | undefined {
    return this.partitions.get(partition)?.sequence;
  }

  /** Fingerprint of the frequencies held for a partition, for a request to its journal. Undefined: it is not held. */
  fingerprint(partition: number): number | undefined {
    return this.partitions.get(partition)?.fingerprint.value;
  }

  /** Number of documents of a partition, as far as it is counted. */
  documentsIn(partition: number): number {
    return this.partitions.get(partition)?.documents ?? 0;
  }

  /**
   * Applies what a partition's journal returned. A change that is older than what is held is ignored, and so is a
   * difference to nothing: it cannot be summed.
   * @returns the terms whose total changed
   */
  apply(partition: number, change: SequencedChange): Set<string> {
    const held = this.partitions.get(partition);
    if (held && change.sequence < held.sequence) return new Set();
    if (!change.full && !held) return new Set();

    const contribution = held ?? {
      sequence: 0,
      documents: 0,
      totalLength: 0,
      frequencies: new Map<string, number>(),
      fingerprint: new Fingerprint(),
    };
    const gone = change.full ? new Set(contribution.frequencies.keys()) : new Set<string>();
    const changed = new Set<string>();
    for (const [term, frequency] of change.frequencies) {
      gone.delete(term);
      if (this.count(contribution, term, frequency)) changed.add(term);
    }
    for (const term of gone) {
      this.count(contribution, term, 0);
      changed.add(term);
    }

    const { sequence, documents, totalLength } = change;
    this.documentCount += documents - contribution.documents;
    this.lengthSum += totalLength - contribution.totalLength;
    this.partitions.set(partition, { ...contribution, sequence, documents, totalLength });
    return changed;
  }

  /** Sets one partition's frequency of a term and moves the total by the difference. */
  private count({ frequencies, fingerprint }: Contribution, term: string, frequency: number): boolean {
    const difference = frequency - (frequencies.get(term) ?? 0);
    setOrDelete(frequencies, term, frequency);
    fingerprint.add(term, difference);
    setOrDelete(this.totals, term, this.documentFrequency(term) + difference);
    return difference !== 0;
  }
}

function setOrDelete(map: Map<string, number>, term: string, frequency: number): void {
  if (frequency === 0) map.delete(term);
  else map.set(term, frequency);
}
