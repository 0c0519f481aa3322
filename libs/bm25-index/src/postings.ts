import { Index } from 'flexsearch';
import { analyzeWords } from './analyzer.js';

declare module 'flexsearch' {
  // FlexSearch's types leave its inverted index out: term → slot → documents, in the order they were added.
  interface Index<
    W extends WorkerType = false,
    S extends StorageInterface | boolean = false,
    r extends boolean = true,
  > {
    readonly map: Map<string, Slots>;
  }
}

/** `slots[s]`: the documents that hold the term `s + 1` times, or in the last slot {@link LAST_SLOT} + 1 times or more. */
export type Slots = (number[] | undefined)[];

/**
 * FlexSearch keeps an array per term as long as its highest slot, so the commonest frequency, 1, has slot 0, and there
 * are few slots: one document with a word 50,000 times must not make that word's array as long.
 */
export const LAST_SLOT = 31;

/** Counts of one document for BM25. */
export interface Counted {
  /** Words, stop words included: what makes a text long for its reader. */
  readonly length: number;
  /** Frequency of each term in it. */
  readonly frequencies: ReadonlyMap<string, number>;
}

const NOTHING: Counted = { length: 0, frequencies: new Map() };

/**
 * The inverted index. FlexSearch meant a slot to be a rank of relevance (`score`); here it is the term frequency, all
 * that BM25 needs of a posting. FlexSearch's own search is not used, nor its `remove`, which walks every term.
 */
export class Postings {
  private adding: Counted = NOTHING;
  /** The exact frequencies of the last slot: few, since few words occur 32 times in one document. */
  private readonly high = new Map<string, Map<number, number>>();
  private readonly index = new Index({
    tokenize: 'strict',
    encode: (text) => {
      this.adding = count(analyzeWords(text));
      return [...this.adding.frequencies.keys()];
    },
    score: (_terms, term) => {
      const slot = Math.min(this.adding.frequencies.get(term)! - 1, LAST_SLOT);
      this.makeRoom(term, slot);
      return slot;
    },
  });

  /** Adds a document under a number that was never used before. */
  add(document: number, text: string): Counted {
    this.adding = NOTHING;
    // FlexSearch calls `encode` and `score` from here, unless the text is empty.
    this.index.add(document, text);
    for (const [term, frequency] of this.adding.frequencies)
      if (frequency > LAST_SLOT) this.setHigh(term, document, frequency);
    return this.adding;
  }

  slots(term: string): Slots | undefined {
    return this.index.map.get(term);
  }

  /** Frequency by document, for the documents in the term's last slot. */
  highFrequencies(term: string): ReadonlyMap<number, number> | undefined {
    return this.high.get(term);
  }

  terms(): Iterable<string> {
    return this.index.map.keys();
  }

  /**
   * A copy under new numbers, without the documents whose new number is negative. Its arrays are as long as what they
   * hold.
   */
  renumbered(numbers: Int32Array): Postings {
    const copy = new Postings();
    for (const [term, slots] of this.index.map) {
      const kept = slots.map((documents) => renumber(documents, numbers));
      const length = kept.findLastIndex((documents) => documents !== undefined) + 1;
      if (length > 0) copy.index.map.set(term, length < kept.length ? kept.slice(0, length) : kept);
    }
    for (const [term, documents] of this.high)
      for (const [document, frequency] of documents)
        if (numbers[document]! >= 0) copy.setHigh(term, numbers[document]!, frequency);
    return copy;
  }

  /** FlexSearch asks for the score, then appends the document to that slot, and makes what is not there yet. */
  private makeRoom(term: string, slot: number): void {
    const { map } = this.index;
    let slots = map.get(term);
    if (!slots || slots.length <= slot) {
      const wider: Slots = Array.from({ length: slot + 1 }, (_, at) => slots?.[at]);
      map.set(term, (slots = wider));
    }
    const documents = slots[slot];
    slots[slot] = documents ? withRoomForOne(documents) : listWithRoom();
  }

  private setHigh(term: string, document: number, frequency: number): void {
    const documents = this.high.get(term);
    if (documents) documents.set(document, frequency);
    else this.high.set(term, new Map([[document, frequency]]));
  }
}

function renumber(documents: number[] | undefined, numbers: Int32Array): number[] | undefined {
  const kept = documents?.filter((document) => numbers[document]! >= 0);
  return kept?.length ? kept.map((document) => numbers[document]!) : undefined;
}

function count(words: (string | null)[]): Counted {
  const frequencies = new Map<string, number>();
  for (const term of words) if (term !== null) frequencies.set(term, (frequencies.get(term) ?? 0) + 1);
  return { length: words.length, frequencies };
}

/**
 * V8 gives an array that grows by one room for 17 and half as many again. Most terms occur in one or two documents of an
 * index, so that room would take several times what the postings themselves do. These lists are given room for a quarter more
 * before they are appended to. Beyond LARGEST they are left to V8: few terms are so common.
 */
const LARGEST = 128;

/** By length: the next capacity, where a list of this length is full; otherwise 0. */
const NEXT_CAPACITY = new Uint8Array(LARGEST);
for (let capacity = 1; capacity < LARGEST;) {
  const next = Math.min(capacity + Math.ceil(capacity / 4), LARGEST);
  NEXT_CAPACITY[capacity] = next;
  capacity = next;
}

/** By length: that many zeros. */
const ZEROS = Array.from({ length: Math.ceil(LARGEST / 4) + 1 }, (_, length) =>
  Array.from({ length }, () => 0),
);

/** An empty list with room for one. */
export function listWithRoom(): number[] {
  const list = [0];
  // Unlike `length = 0`, this leaves the list its room.
  list.pop();
  return list;
}

/** The list, or when it is full a copy with room for more. */
export function withRoomForOne(list: number[]): number[] {
  const { length } = list;
  const capacity = length < LARGEST ? NEXT_CAPACITY[length]! : 0;
  if (capacity === 0) return list;
  const copy = list.concat(ZEROS[capacity - length]!);
  copy.length = length;
  return copy;
}
