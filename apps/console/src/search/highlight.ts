import { analyze, tokens } from '@shoal/bm25-index/analyzer';

/** A stretch of text that is marked as a match, or not. */
export interface Piece {
  text: string;
  marked: boolean;
}

/** A part of a longer text. */
export interface Excerpt {
  text: string;
  cutBefore: boolean;
  cutAfter: boolean;
}

const EXCERPT_LENGTH = 320;
/** Characters kept before the first match, so that it does not stand without its sentence. */
const LEAD = 60;

/** The terms that a query looks for, by the very analyser that the index uses: so "dogs" marks "dog". */
export function queryTerms(query: string): Set<string> {
  return new Set(analyze(query));
}

/** Splits a text at the words that match. The pieces put together are the text again. */
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

/** The part of a long text in which the most different terms stand together; a short text as it is. */
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

/** Where the first match of the best window stands. Slides a window over the matches, counting different terms in it. */
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
