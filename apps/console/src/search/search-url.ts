export const PAGE_SIZE = 10;

/**
 * Deepest hit that a page may show: MAX_WINDOW of the contracts. It is repeated because the contracts import a
 * validator ten times the size of this page.
 */
export const MAX_WINDOW = 1000;

/** The search that an address names. */
export interface SearchUrl {
  q: string;
  /** From 1. */
  page: number;
  operator: 'or' | 'and';
  /** Limits the search to documents with this routing key, and so to one shard. */
  routing: string | undefined;
}

/** Parses `?q=&page=&operator=&routing=`. Invalid values count as absent; the server rejects a page too deep. */
export function parseSearchUrl(search: string): SearchUrl {
  const parameters = new URLSearchParams(search);
  const page = Number(parameters.get('page') ?? 1);
  return {
    q: parameters.get('q')?.trim() ?? '',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
    operator: parameters.get('operator') === 'and' ? 'and' : 'or',
    routing: parameters.get('routing') || undefined,
  };
}

/** Returns the address of a search, without default values. */
export function formatSearchUrl({ q, page, operator, routing }: SearchUrl): string {
  const parameters = new URLSearchParams();
  if (q !== '') parameters.set('q', q);
  if (page > 1) parameters.set('page', `${page}`);
  if (operator === 'and') parameters.set('operator', operator);
  if (routing !== undefined) parameters.set('routing', routing);
  const search = parameters.toString();
  return search === '' ? '/' : `/?${search}`;
}

/** Returns the call of the HTTP interface for a search. */
export function searchCall({ q, page, operator, routing }: SearchUrl): string {
  const parameters = new URLSearchParams({
    q,
    size: `${PAGE_SIZE}`,
    from: `${(page - 1) * PAGE_SIZE}`,
    operator,
    profile: 'true',
  });
  if (routing !== undefined) parameters.set('routing', routing);
  return `/api/search?${parameters.toString()}`;
}

/** Returns the number of reachable pages. */
export function pageCount(matches: number): number {
  return Math.ceil(Math.min(matches, MAX_WINDOW) / PAGE_SIZE);
}

/** Returns the page numbers to offer: first, last and the neighbours; null is a gap. */
export function pageList(page: number, last: number): (number | null)[] {
  const wanted = [1, page - 1, page, page + 1, last].filter((n) => n >= 1 && n <= last);
  const numbers = [...new Set(wanted)].toSorted((a, b) => a - b);
  return numbers.flatMap((n, at) => {
    const before = numbers[at - 1] ?? n - 1;
    if (n - before === 2) return [n - 1, n];
    return n - before > 2 ? [null, n] : [n];
  });
}
