interface Title {
  readonly id: string;
  /** As it is shown. */
  readonly text: string;
  /** As it is compared: lower case. */
  readonly folded: string;
  live: boolean;
}

const WORD = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
/** Titles that may wait unsorted, in number and as a share of the sorted: looking through these costs less than sorting them in again and again. */
const WAITING = 32;
const WAITING_SHARE = 1 / 16;

/**
 * Completes titles as one types: those that begin with the prefix, then those with a later word that does. A suffix
 * array over words (Manber and Myers, *Suffix arrays*, 1993): two numbers for each word of a title, sorted by the text
 * from that word on, so that what a prefix matches is one range. A completion costs as much as that range is long.
 *
 * New titles wait in a list that is looked through; when it grows, {@link tidy} sorts it in, or the next completion has to.
 */
export class TitleSuggester {
  private titles: Title[] = [];
  private readonly numbers = new Map<string, number>();
  /** The sorted words: which title, and where in it. */
  private owners = new Uint32Array(0);
  private offsets = new Uint32Array(0);
  /** Titles from this number on wait. */
  private sorted = 0;

  /** Adds a title, or replaces the one of this id. */
  set(id: string, title: string): void {
    this.delete(id);
    const text = foldSpace(title);
    const lower = text.toLowerCase();
    // One string instead of two equal ones: most titles are lower case already.
    this.numbers.set(id, this.titles.length);
    this.titles.push({ id, text, folded: lower === text ? text : lower, live: true });
    // Dead titles must not pile up while no completion is requested.
    if (this.titles.length > 2 * this.numbers.size + WAITING) this.sortIn();
  }

  delete(id: string): boolean {
    const number = this.numbers.get(id);
    if (number === undefined) return false;
    this.titles[number]!.live = false;
    return this.numbers.delete(id);
  }

  /** Number of titles that are not sorted in yet. */
  get waiting(): number {
    return this.titles.length - this.sorted;
  }

  /** Sorts in what waits, if it is too much to be looked through: best called while no completion waits. */
  tidy(): void {
    if (this.waiting > Math.max(WAITING, WAITING_SHARE * this.sorted)) this.sortIn();
  }

  /**
   * The first `limit` completions in the order of `compareSuggestions`, each text once, under its smallest id: so that
   * `mergeSuggestions` over several partitions gives what one partition of everything would.
   * @param prefix any case; white space at its ends does not count; a blank one completes to nothing
   */
  complete(prefix: string, limit: number): Suggestion[] {
    const folded = foldSpace(prefix).toLowerCase();
    const found: Suggestion[] = [];
    if (folded === '') return found;
    this.tidy();

    for (let at = this.firstFrom(folded); at < this.owners.length; at++) {
      const title = this.titles[this.owners[at]!]!;
      const offset = this.offsets[at]!;
      if (!title.folded.startsWith(folded, offset)) break;
      if (title.live) offer(found, title, offset, folded, limit);
    }
    for (let number = this.sorted; number < this.titles.length; number++) {
      const title = this.titles[number]!;
      if (!title.live || !title.folded.includes(folded)) continue;
      for (const offset of wordStarts(title.folded))
        if (title.folded.startsWith(folded, offset)) offer(found, title, offset, folded, limit);
    }
    return found;
  }

  /** The first sorted word whose text is not before the prefix: binary search. */
  private firstFrom(prefix: string): number {
    let low = 0;
    let high = this.owners.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const suffix = this.titles[this.owners[middle]!]!.folded.slice(this.offsets[middle]);
      if (suffix < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Drops dead titles and sorts the waiting ones in. */
  private sortIn(): void {
    const words: { suffix: string; owner: number; offset: number }[] = [];
    const renumbered = new Map<Title, number>();
    const add = (title: Title, offset: number) =>
      words.push({ suffix: title.folded.slice(offset), owner: renumbered.get(title)!, offset });

    const live = this.titles.filter((title) => title.live);
    live.forEach((title, number) => renumbered.set(title, number));
    this.owners.forEach((owner, at) => {
      const title = this.titles[owner]!;
      if (title.live) add(title, this.offsets[at]!);
    });
    for (const title of this.titles.slice(this.sorted))
      if (title.live) for (const offset of wordStarts(title.folded)) add(title, offset);
    // The old words are one ascending run, which Timsort takes as it is: only the new ones are really sorted.
    words.sort((a, b) => compareText(a.suffix, b.suffix));

    this.titles = live;
    for (const [{ id }, number] of renumbered) this.numbers.set(id, number);
    this.owners = Uint32Array.from(words, ({ owner }) => owner);
    this.offsets = Uint32Array.from(words, ({ offset }) => offset);
    this.sorted = live.length;
  }
}

function offer(found: Suggestion[], title: Title, offset: number, prefix: string, limit: number): void {
  // A title that has the prefix at its head is offered for that, not for a later word.
  if (offset > 0 && title.folded.startsWith(prefix)) return;
  insertSuggestion(found, { id: title.id, text: title.text, place: offset === 0 ? 0 : 1 }, limit);
}

function wordStarts(folded: string): number[] {
  const later = Array.from(folded.matchAll(WORD), ({ index }) => index).filter((offset) => offset > 0);
  return [0, ...later];
}

function foldSpace(text: string): string {
  return text.trim().replace(/\s+/gu, ' ');
}

export interface Suggestion {
  id: string;
  /** The title, runs of white space as one space. */
  text: string;
  /** The prefix is at the head of the title (0) or of a later word (1). */
  place: 0 | 1;
}

/** The order of suggestions: place, then length of the title, then title, then id (both by UTF-16 code units). */
export function compareSuggestions(a: Suggestion, b: Suggestion): number {
  return (
    a.place - b.place ||
    a.text.length - b.text.length ||
    compareText(a.text, b.text) ||
    compareText(a.id, b.id)
  );
}

/**
 * The first `limit` suggestions of several lists. Among suggestions with the same text, only the one with the smallest id
 * is kept. When each list is such a first `limit` of its own (so without repeated texts), this is what one list of
 * everything would have given.
 */
export function mergeSuggestions(lists: Iterable<readonly Suggestion[]>, limit: number): Suggestion[] {
  const merged: Suggestion[] = [];
  for (const list of lists) for (const suggestion of list) insertSuggestion(merged, suggestion, limit);
  return merged;
}

/** Puts a suggestion into its place in a short sorted list, unless there is no room for it or its text is there. */
function insertSuggestion(list: Suggestion[], suggestion: Suggestion, limit: number): void {
  let at = list.length;
  while (at > 0 && compareSuggestions(suggestion, list[at - 1]!) < 0) at--;
  if (at === limit || list[at - 1]?.text === suggestion.text) return;
  // The same text has the same place and length, so its other id, a larger one, can only stand here.
  const replaced = list[at]?.text === suggestion.text ? 1 : 0;
  list.splice(at, replaced, suggestion);
  if (list.length > limit) list.pop();
}

/** By UTF-16 code units, for `sort`. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
