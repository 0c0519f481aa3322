import type { Bm25Index } from './bm25-index.js';

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
 * Remembers which terms' document frequencies changed at which sequence of a log, so that a caller with the
 * statistics of one sequence gets only the difference. Bounded: it evicts the oldest, and then returns everything.
 */
export class PartitionJournal {
  private readonly index: Bm25Index;
  private readonly capacity: number;
  /** A ring: the change numbered n, counted from the first, is at n mod capacity. */
  private readonly sequences: number[] = [];
  private readonly terms: string[] = [];
  /** Fingerprint of the frequencies after the change. */
  private readonly fingerprints: number[] = [];
  private readonly current = new Fingerprint();
  private recorded = 0;
  /** The journal covers what came after this sequence. */
  private coveredFrom = Infinity;
  private forgotten = { sequence: 0, fingerprint: 0 };

  /** @param capacity maximum number of changed terms; 24 bytes each, taken as they come */
  constructor(index: Bm25Index, capacity = 4096) {
    this.index = index;
    this.capacity = capacity;
  }

  /** {@link Fingerprint} of the index's document frequencies as they are now. */
  get fingerprint(): number {
    return this.current.value;
  }

  /**
   * Declares that every change after this sequence will be (or has been) recorded. Before it is called nothing is covered:
   * a replay of a log of last values does not include the terms that went before.
   */
  startsAt(sequence: number): void {
    this.coveredFrom = sequence;
  }

  /**
   * Records what {@link Bm25Index.set} or {@link Bm25Index.delete} returned.
   * @param sequence the change's sequence in the log; never less than the one before
   */
  record(sequence: number, changes: ReadonlyMap<string, number>): void {
    for (const [term, difference] of changes) {
      const at = this.recorded++ % this.capacity;
      if (at in this.sequences)
        this.forgotten = { sequence: this.sequences[at]!, fingerprint: this.fingerprints[at]! };
      this.current.add(term, difference);
      this.sequences[at] = sequence;
      this.terms[at] = term;
      this.fingerprints[at] = this.current.value;
    }
  }

  /**
   * The statistics now: as a difference to those at `sequence` when this journal reaches back that far and they were the same
   * here, otherwise in full. Copies of a partition may differ at a sequence: in a log that keeps only last values, a copy that was
   * behind never sees the versions that the other one has counted.
   * @param sequence not after the last one of this copy
   * @param fingerprint the caller's fingerprint of the statistics at `sequence`; undefined if it has none
   */
  since(sequence: number, fingerprint: number | undefined): StatisticsChange {
    const changed = this.changedAfter(sequence, fingerprint);
    return {
      full: !changed,
      documents: this.index.documents,
      totalLength: this.index.totalLength,
      frequencies: Array.from(changed ?? this.index.terms(), (term) => [
        term,
        this.index.documentFrequency(term),
      ]),
    };
  }

  /** Undefined: a difference to those statistics is not known. */
  private changedAfter(sequence: number, fingerprint: number | undefined): Set<string> | undefined {
    if (sequence < Math.max(this.coveredFrom, this.forgotten.sequence)) return undefined;
    const changed = new Set<string>();
    const oldest = this.recorded - this.sequences.length;
    let then = this.forgotten.fingerprint;
    for (let n = this.recorded - 1; n >= oldest; n--) {
      const at = n % this.capacity;
      if (this.sequences[at]! <= sequence) {
        then = this.fingerprints[at]!;
        break;
      }
      changed.add(this.terms[at]!);
    }
    return then === fingerprint ? changed : undefined;
  }
}

/**
 * One number for a table of document frequencies, kept as they change: the sum of frequency × hash over its terms, modulo 2³².
 * Two tables that went different ways to the same frequencies have the same one; two that differ have it once in four
 * thousand million times.
 */
export class Fingerprint {
  private sum = 0;

  get value(): number {
    return this.sum;
  }

  /** Adds a change of a term's document frequency. */
  add(term: string, difference: number): void {
    this.sum = (this.sum + Math.imul(difference, hash(term))) >>> 0;
  }
}

/**
 * FNV-1a over UTF-16 code units (Fowler, Noll and Vo; RFC 9923), then MurmurHash3's finalizer (Appleby). FNV alone is nearly linear in the
 * last characters: in a sum, "a0" and "b4" often cancel "a4" and "b0".
 */
function hash(term: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < term.length; at++) value = Math.imul(value ^ term.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
