import { analyze, tokens } from '@shoal/bm25-index/analyzer';

/** A piece of text and whether it is marked as a match. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** Part of a longer text. */
export interface Excerpt {
  text: string;
  cutBefore: boolean;
  cutAfter: boolean;
}

const EXCERPT_LENGTH = 320;
/** Characters shown before the first match, for context. */
const LEAD = 60;

/** Returns the terms of a query by the analyser of the index, so that "dogs" marks "dog". */
export function queryTerms(query: string): Set<string> {
  return new Set(analyze(query));
}

/** Splits a text at its matching words. The concatenated pieces are the text. */
export function markMatches(text: string, terms: ReadonlySet<string>): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const token of tokens(text)) {
    if (token.term === null || !terms.has(token.term)) continue;
    if (token.start > end) pieces.push({ text: text.slice(end, token.start), marked: false });
    pieces.push({ text: text.slice(token.start, token.end), marked: true });
    end = token.end;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), marked: false });
  return pieces;
}

/** Returns the part of a long text with the most different terms, or a short text unchanged. */
export function bestExcerpt(text: string, terms: ReadonlySet<string>, length = EXCERPT_LENGTH): Excerpt {
  if (text.length <= length * 1.25) return { text, cutBefore: false, cutAfter: false };
  const words = tokens(text);
  const from = windowStart(words, terms, length);
  const start = words.find((word) => word.start >= from - LEAD)?.start ?? 0;
  const begin = start <= LEAD ? 0 : start;
  const end = words.findLast((word) => word.end <= begin + length)?.end ?? text.length;
  const stop = end <= begin ? Math.min(text.length, begin + length) : end;
  return { text: text.slice(begin, stop), cutBefore: begin > 0, cutAfter: stop < text.length };
}

/** Returns the start of the best window. A window slides over the matches and counts its different terms. */
function windowStart(words: ReturnType<typeof tokens>, terms: ReadonlySet<string>, length: number): number {
  const matches = words.flatMap(({ start, end, term }) =>
    term !== null && terms.has(term) ? [{ start, end, term }] : [],
  );
  const inside = new Map<string, number>();
  let best = { start: 0, different: 0 };
  let right = 0;
  for (const left of matches) {
    for (let next = matches[right]; next && next.end <= left.start + length - LEAD; next = matches[++right]) {
      inside.set(next.term, (inside.get(next.term) ?? 0) + 1);
    }
    if (inside.size > best.different) best = { start: left.start, different: inside.size };
    const count = (inside.get(left.term) ?? 0) - 1;
    if (count > 0) inside.set(left.term, count);
    else inside.delete(left.term);
  }
  return best.start;
}
