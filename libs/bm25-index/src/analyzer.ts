import { stemmer } from 'stemmer';

/** Lucene's `EnglishAnalyzer.ENGLISH_STOP_WORDS_SET`. */
const STOP_WORDS = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such that the their then there these they ' +
    'this to was will with'
  ).split(' '),
);

/** A run of letters and digits, with a possessive 's that is no part of the word. Marks belong to the letter before. */
const WORD = /([\p{L}\p{N}][\p{L}\p{N}\p{M}]*)(?:['’][sS](?![\p{L}\p{N}]))?/gu;
const NOT_ASCII = /[^\0-\x7f]/;

/** Most words of a text were seen a moment ago, and a lookup costs a tenth of a stemming. */
const cache = new Map<string, string | null>();
const CACHE_SIZE = 20_000;
/** V8 keeps a longer substring as a view of its whole text, which the cache would then keep alive. */
const CACHED_LENGTH = 12;

/** A word in a text, `[start, end)` in UTF-16 code units; `term` is what the index knows it by, null for a stop word. */
export interface Token {
  start: number;
  end: number;
  term: string | null;
}

/**
 * The terms of a text, in order, repeats kept: its words in lower case and compatibility form (NFKC), without
 * possessive 's and stop words, each reduced to its stem (Porter, *An algorithm for suffix stripping*, 1980).
 * Documents and queries must go through the same analysis, or they do not meet.
 */
export function analyze(text: string): string[] {
  return analyzeWords(text).filter((term) => term !== null);
}

/** As {@link analyze}, with a null in the place of each stop word: as long as the text has words. */
export function analyzeWords(text: string): (string | null)[] {
  return Array.from(text.matchAll(WORD), (match) => termOf(match[1]!));
}

/** The same words as {@link analyze} with their places in the text as it was given: to mark what a query matched. */
export function tokens(text: string): Token[] {
  return Array.from(text.matchAll(WORD), ({ index, 1: word }) => ({
    start: index,
    end: index + word!.length,
    term: termOf(word!),
  }));
}

function termOf(word: string): string | null {
  if (word.length > CACHED_LENGTH) return reduce(word);
  let term = cache.get(word);
  if (term === undefined) {
    term = reduce(word);
    if (cache.size === CACHE_SIZE) cache.clear();
    cache.set(word, term);
  }
  return term;
}

function reduce(word: string): string | null {
  const plain = (NOT_ASCII.test(word) ? word.normalize('NFKC') : word).toLowerCase();
  return STOP_WORDS.has(plain) ? null : stemmer(plain);
}
