export interface Suggestion {
  id: string;
  /** The title, runs of white space as one space. */
  text: string;
  /** The prefix stands at the head of the title (0) or of a later word (1). */
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
 * The first `limit` suggestions of several lists. Of suggestions with the same text only the one with the smallest id
 * is kept. When each list is such a first `limit` of its own (so without repeated texts), this is what one list of
 * everything would have given.
 */
export function mergeSuggestions(lists: Iterable<readonly Suggestion[]>, limit: number): Suggestion[] {
  const merged: Suggestion[] = [];
  for (const list of lists) for (const suggestion of list) insertSuggestion(merged, suggestion, limit);
  return merged;
}

/** Puts a suggestion into its place in a short sorted list, unless there is no room for it or its text is there. */
export function insertSuggestion(list: Suggestion[], suggestion: Suggestion, limit: number): void {
  let at = list.length;
  while (at > 0 && compareSuggestions(suggestion, list[at - 1]!) < 0) at--;
  if (at === limit || list[at - 1]?.text === suggestion.text) return;
  // The same text has the same place and length, so its other id, a larger one, can only stand here.
  const replaced = list[at]?.text === suggestion.text ? 1 : 0;
  list.splice(at, replaced, suggestion);
  if (list.length > limit) list.pop();
}

/** By UTF-16 code units, for `sort`. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
