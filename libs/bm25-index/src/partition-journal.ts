import { randomUUID } from 'node:crypto';
import type { Bm25Index } from './bm25-index.js';

/** One partition's statistics, or what changed of them. */
export interface StatisticsChange {
  /** Whose word this is: {@link PartitionJournal.id}. */
  journal: string;
  /** True: these are all terms. False: only those that changed. */
  full: boolean;
  documents: number;
  totalLength: number;
  /** Document frequencies as they are now, 0 for a term that is gone. */
  frequencies: [term: string, documentFrequency: number][];
}

/**
 * Remembers which terms' document frequencies changed at which sequence of a log, so that whoever saw the statistics
 * as of one sequence is told only the difference. Bounded: it forgets the oldest, and then tells everything.
 */
export class PartitionJournal {
  /** Unique to this journal: a difference continues only what the same one told. */
  readonly id = randomUUID();
  readonly #index: Bm25Index;
  readonly #capacity: number;
  /** A ring: the change numbered n, counted from the first, lies at n mod capacity. */
  readonly #sequences: number[] = [];
  readonly #terms: string[] = [];
  #recorded = 0;
  /** The journal covers what came after this sequence. */
  #coveredFrom = Infinity;
  #forgotten = 0;

  /** @param capacity how many changed terms it remembers; 16 bytes each, taken as they come */
  constructor(index: Bm25Index, capacity = 4096) {
    this.#index = index;
    this.#capacity = capacity;
  }

  /**
   * Says that every change after this sequence will be (or has been) recorded. Before it is called nothing is covered:
   * who only replayed a log of last values never saw the terms that went before.
   */
  startsAt(sequence: number): void {
    this.#coveredFrom = sequence;
  }

  /**
   * Records what {@link Bm25Index.set} or {@link Bm25Index.delete} returned.
   * @param sequence of the change in the log; never less than the one before
   */
  record(sequence: number, terms: Iterable<string>): void {
    for (const term of terms) {
      const at = this.#recorded++ % this.#capacity;
      this.#forgotten = this.#sequences[at] ?? this.#forgotten;
      this.#sequences[at] = sequence;
      this.#terms[at] = term;
    }
  }

  /**
   * The statistics now: as a difference to those at `sequence` when this journal told those and reaches back that far, else in
   * full. What a copy's journal told is no beginning for a difference, also at the same sequence: in a log that keeps only last
   * values, a copy that was behind never sees the versions that the other one has counted.
   * @param journal who told the statistics at `sequence`
   */
  since(sequence: number, journal: string | undefined): StatisticsChange {
    const full = journal !== this.id || sequence < Math.max(this.#coveredFrom, this.#forgotten);
    const terms = full ? this.#index.terms() : this.#changedAfter(sequence);
    return {
      journal: this.id,
      full,
      documents: this.#index.documents,
      totalLength: this.#index.totalLength,
      frequencies: Array.from(terms, (term) => [term, this.#index.documentFrequency(term)]),
    };
  }

  #changedAfter(sequence: number): Set<string> {
    const changed = new Set<string>();
    const oldest = this.#recorded - this.#sequences.length;
    for (let n = this.#recorded - 1; n >= oldest; n--) {
      const at = n % this.#capacity;
      if (this.#sequences[at]! <= sequence) break;
      changed.add(this.#terms[at]!);
    }
    return changed;
  }
}
