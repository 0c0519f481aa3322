/**
 * One number for a table of document frequencies, kept as they change: the sum of frequency × hash over its terms, modulo 2³².
 * Two tables that went different ways to the same frequencies have the same one; two that differ have it once in four
 * thousand million times.
 */
export class Fingerprint {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  /** Says by how much a term's document frequency changed. */
  add(term: string, difference: number): void {
    this.#value = (this.#value + Math.imul(difference, hash(term))) >>> 0;
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
