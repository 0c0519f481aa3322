import type { Hit, SearchAnswer } from '@shoal/contracts';
// By its path, as k6 knows no packages. It is what the index stems with.
import { stemmer } from '../node_modules/stemmer/index.js';

/** Whether a hit has one of the words, or a variant of it: `fishes` for `fishing`. */
export function hasOneOf({ title, text }: Pick<Hit, 'title' | 'text'>, words: readonly string[]): boolean {
  const wanted = new Set(words.map(stemmed));
  return (`${title} ${text}`.match(/[a-z0-9]+/gi) ?? []).some((word) => wanted.has(stemmed(word)));
}

/** Whether as many hits came as were asked for or are there, of no more documents than were searched. */
export function isTotalRight({ hits, total, coverage }: SearchAnswer, size: number): boolean {
  return hits.length === Math.min(size, total.value) && total.value <= coverage.documents.searched;
}

/** Whether no hit has a better one after it, and none comes twice. */
export function isOrdered(hits: readonly Pick<Hit, 'id' | 'score'>[]): boolean {
  const bestFirst = hits.every(({ score }, at) => score <= (hits[at - 1]?.score ?? Infinity));
  return bestFirst && new Set(hits.map(({ id }) => id)).size === hits.length;
}

const stemmed = (word: string): string => stemmer(word.toLowerCase());
