import { MAX_WINDOW, PAGE_SIZE } from './limits.js';

/** What is searched for, as the address says it. */
export interface SearchUrl {
  q: string;
  /** From 1. */
  page: number;
  operator: 'or' | 'and';
  /** Only documents with this routing key, so only its one shard. */
  routing: string | undefined;
}

/** Reads `?q=&page=&operator=&routing=`. What makes no sense counts as not given; what is too large is the server's to say. */
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

/** The address to share; defaults are left out. */
export function formatSearchUrl({ q, page, operator, routing }: SearchUrl): string {
  const parameters = new URLSearchParams();
  if (q !== '') parameters.set('q', q);
  if (page > 1) parameters.set('page', `${page}`);
  if (operator === 'and') parameters.set('operator', operator);
  if (routing !== undefined) parameters.set('routing', routing);
  const search = parameters.toString();
  return search === '' ? '/' : `/?${search}`;
}

/** The call of the HTTP interface that answers it. */
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

/** How many pages can be reached of so many matches. */
export function pageCount(matches: number): number {
  return Math.ceil(Math.min(matches, MAX_WINDOW) / PAGE_SIZE);
}

/** The page numbers to offer: first, last and the neighbours; null stands for those left out. */
export function pageList(page: number, last: number): (number | null)[] {
  const wanted = [1, page - 1, page, page + 1, last].filter((n) => n >= 1 && n <= last);
  const numbers = [...new Set(wanted)].toSorted((a, b) => a - b);
  return numbers.flatMap((n, at) => {
    const before = numbers[at - 1] ?? n - 1;
    if (n - before === 2) return [n - 1, n];
    return n - before > 2 ? [null, n] : [n];
  });
}
