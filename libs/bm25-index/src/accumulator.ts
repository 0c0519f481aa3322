/**
 * A score and a count of matched terms for each document of one index, while one query is ranked. Double precision:
 * sums are then the same bits in every index and process. Indexes take turns with one accumulator, so that memory
 * goes with the largest of them and not with their sum.
 */
export class Accumulator {
  scores = new Float64Array(0);
  /** How many of the query's terms a document holds; 0 outside of `touched`. */
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
