import { LAST_SLOT, Postings } from './postings.js';
import type { CorpusStatistics, WeighedQuery } from './weights.js';

/** A document as the index keeps it. */
export interface StoredDocument {
  readonly id: string;
  /** Opaque text of the caller. */
  readonly source: string;
  readonly routing: string | undefined;
  /** Its distinct terms, whose document frequency falls when it goes. */
  readonly terms: readonly string[];
}

const DEAD = -1;

/**
 * A corpus, or one partition of it, ranked by BM25 (Robertson and Zaragoza, *The Probabilistic Relevance Framework*,
 * 2009). Searched by {@link search}; gives the statistics of what it holds, and takes those to rank by from the query.
 *
 * FlexSearch deletes by walking its whole map. So each version of a document has a number of its own; an old version
 * is only marked dead, and its postings go when a third of all versions is dead.
 */
export class Bm25Index implements CorpusStatistics {
  private readonly k1: number;
  private readonly b: number;
  private postings = new Postings();
  /** By number; undefined for a dead version. */
  private versions: (StoredDocument | undefined)[] = [];
  /** Words of each version, by number; DEAD for a dead one. */
  private lengths = new Int32Array(64);
  private readonly numbers = new Map<string, number>();
  /** Postings of dead versions by term: what the postings count too much. */
  private deadPostings = new Map<string, number>();
  private lengthSum = 0;

  /**
   * @param options k1: how soon more of the same word stops to count (1.2); b: how much a long document must say a
   * word more often than a short one, from 0 to 1 (0.75)
   */
  constructor({ k1 = 1.2, b = 0.75 }: { k1?: number; b?: number } = {}) {
    this.k1 = k1;
    this.b = b;
  }

  /** Documents it holds, each counted once. */
  get documents(): number {
    return this.numbers.size;
  }

  get totalLength(): number {
    return this.lengthSum;
  }

  documentFrequency(term: string): number {
    const slots = this.postings.slots(term);
    if (!slots) return 0;
    return slots.reduce((sum, slot) => sum + (slot?.length ?? 0), -(this.deadPostings.get(term) ?? 0));
  }

  /** Every term that some document holds. */
  *terms(): Iterable<string> {
    for (const term of this.postings.terms()) if (this.documentFrequency(term) > 0) yield term;
  }

  /**
   * Adds a document, or replaces the one of this id.
   * @param text the searched text
   * @param source the text that {@link get} and a search return
   * @param routing a search may ask for the documents of one routing key; without it a document's key is its id
   * @returns the terms whose document frequency changed, and by how much
   */
  set(id: string, text: string, source: string, routing?: string): Map<string, number> {
    const changed = lessOne(this.remove(id));
    const number = this.versions.length;
    const { length, frequencies } = this.postings.add(number, text);
    const terms = [...frequencies.keys()];
    // A term of both versions did not change: it was taken once and given once.
    for (const term of terms) if (!changed.delete(term)) changed.set(term, 1);

    if (number === this.lengths.length) this.lengths = grown(this.lengths);
    this.lengths[number] = length;
    this.lengthSum += length;
    this.versions.push({ id, source, routing, terms });
    this.numbers.set(id, number);
    this.compactIfWorthIt();
    return changed;
  }

  /** @returns the terms whose document frequency changed, and by how much: none when there was no such document */
  delete(id: string): Map<string, number> {
    const changed = lessOne(this.remove(id));
    this.compactIfWorthIt();
    return changed;
  }

  /** The source of a document, as it was given. */
  get(id: string): string | undefined {
    const number = this.numbers.get(id);
    return number === undefined ? undefined : this.versions[number]!.source;
  }

  /** A live document by its number, as {@link score} gave it. Good until the next change. */
  at(number: number): StoredDocument {
    return this.versions[number]!;
  }

  /**
   * Adds up the BM25 score of every document that holds a term of the query, in the order of its terms.
   * @returns number of postings read, dead ones included: the cost of the query
   */
  score({ terms, averageLength }: WeighedQuery, accumulator: Accumulator): number {
    let read = 0;
    const lengths = this.lengths;
    const gain = this.k1 + 1;
    const base = this.k1 * (1 - this.b);
    const perTerm = (this.k1 * this.b) / averageLength;
    accumulator.reserve(this.versions.length);
    for (const [term, weight] of terms) {
      const slots = this.postings.slots(term) ?? [];
      const high = this.postings.highFrequencies(term);
      for (let slot = 0; slot < slots.length; slot++) {
        const documents = slots[slot] ?? [];
        read += documents.length;
        for (const number of documents) {
          const length = lengths[number]!;
          if (length === DEAD) continue;
          const frequency = slot < LAST_SLOT ? slot + 1 : high!.get(number)!;
          accumulator.add(number, (weight * frequency * gain) / (frequency + base + perTerm * length));
        }
      }
    }
    return read;
  }

  /** Drops dead versions and what room is left in growing arrays. Never needed: it happens by itself when a third is dead. */
  compact(): void {
    const numbers = new Int32Array(this.versions.length).fill(DEAD);
    const versions: StoredDocument[] = [];
    const lengths = new Int32Array(Math.max(64, this.documents));
    this.versions.forEach((version, number) => {
      if (!version) return;
      numbers[number] = versions.length;
      lengths[versions.length] = this.lengths[number]!;
      this.numbers.set(version.id, versions.length);
      versions.push(version);
    });
    this.postings = this.postings.renumbered(numbers);
    this.versions = versions;
    this.lengths = lengths;
    this.deadPostings = new Map();
  }

  /** @returns the terms of the version that is gone */
  private remove(id: string): readonly string[] {
    const number = this.numbers.get(id);
    if (number === undefined) return [];
    const { terms } = this.versions[number]!;
    for (const term of terms) this.deadPostings.set(term, (this.deadPostings.get(term) ?? 0) + 1);
    this.lengthSum -= this.lengths[number]!;
    this.lengths[number] = DEAD;
    this.versions[number] = undefined;
    this.numbers.delete(id);
    return terms;
  }

  private compactIfWorthIt(): void {
    const dead = this.versions.length - this.numbers.size;
    if (dead * 3 > this.versions.length) this.compact();
  }
}

function lessOne(terms: readonly string[]): Map<string, number> {
  return new Map(terms.map((term) => [term, -1]));
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * A score and a count of matched terms for each document of one index, while one query is ranked. Double precision:
 * sums are then the same bits in every index and process. Indexes take turns with one accumulator, so that memory
 * goes with the largest of them and not with their sum.
 */
export class Accumulator {
  scores = new Float64Array(0);
  /** Number of the query's terms that a document holds; 0 outside of `touched`. */
  matches = new Uint32Array(0);
  /** The documents with a score, in `touched[0..count)`. */
  touched = new Int32Array(0);
  count = 0;

  /** Makes room for documents 0..size-1. Only while empty. */
  reserve(size: number): void {
    if (this.scores.length >= size) return;
    this.scores = new Float64Array(size);
    this.matches = new Uint32Array(size);
    this.touched = new Int32Array(size);
  }

  add(document: number, score: number): void {
    if (this.matches[document]!++ === 0) this.touched[this.count++] = document;
    this.scores[document]! += score;
  }

  clear(): void {
    for (let i = 0; i < this.count; i++) {
      this.scores[this.touched[i]!] = 0;
      this.matches[this.touched[i]!] = 0;
    }
    this.count = 0;
  }
}
