import type { Bm25Index } from './bm25-index.js';
import { Fingerprint } from './fingerprint.js';

/** One partition's statistics, or what changed of them. */
export interface StatisticsChange {
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
  readonly #index: Bm25Index;
  readonly #capacity: number;
  /** A ring: the change numbered n, counted from the first, lies at n mod capacity. */
  readonly #sequences: number[] = [];
  readonly #terms: string[] = [];
  /** Of the frequencies after the change. */
  readonly #fingerprints: number[] = [];
  readonly #fingerprint = new Fingerprint();
  #recorded = 0;
  /** The journal covers what came after this sequence. */
  #coveredFrom = Infinity;
  #forgotten = { sequence: 0, fingerprint: 0 };

  /** @param capacity how many changed terms it remembers; 24 bytes each, taken as they come */
  constructor(index: Bm25Index, capacity = 4096) {
    this.#index = index;
    this.#capacity = capacity;
  }

  /** {@link Fingerprint} of the index's document frequencies as they are now. */
  get fingerprint(): number {
    return this.#fingerprint.value;
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
  record(sequence: number, changes: ReadonlyMap<string, number>): void {
    for (const [term, difference] of changes) {
      const at = this.#recorded++ % this.#capacity;
      if (at in this.#sequences)
        this.#forgotten = { sequence: this.#sequences[at]!, fingerprint: this.#fingerprints[at]! };
      this.#fingerprint.add(term, difference);
      this.#sequences[at] = sequence;
      this.#terms[at] = term;
      this.#fingerprints[at] = this.#fingerprint.value;
    }
  }

  /**
   * The statistics now: as a difference to those at `sequence` when this journal reaches back that far and they were the same
   * here, else in full. Copies of a partition may differ at a sequence: in a log that keeps only last values, a copy that was
   * behind never sees the versions that the other one has counted.
   * @param sequence not after the last one of this copy
   * @param fingerprint of the statistics at `sequence`, as the one who asks has them; undefined: it has none
   */
  since(sequence: number, fingerprint: number | undefined): StatisticsChange {
    const changed = this.#changedAfter(sequence, fingerprint);
    return {
      full: !changed,
      documents: this.#index.documents,
      totalLength: this.#index.totalLength,
      frequencies: Array.from(changed ?? this.#index.terms(), (term) => [
        term,
        this.#index.documentFrequency(term),
      ]),
    };
  }

  /** Undefined: a difference to those statistics is not known. */
  #changedAfter(sequence: number, fingerprint: number | undefined): Set<string> | undefined {
    if (sequence < Math.max(this.#coveredFrom, this.#forgotten.sequence)) return undefined;
    const changed = new Set<string>();
    const oldest = this.#recorded - this.#sequences.length;
    let then = this.#forgotten.fingerprint;
    for (let n = this.#recorded - 1; n >= oldest; n--) {
      const at = n % this.#capacity;
      if (this.#sequences[at]! <= sequence) {
        then = this.#fingerprints[at]!;
        break;
      }
      changed.add(this.#terms[at]!);
    }
    return then === fingerprint ? changed : undefined;
  }
}
