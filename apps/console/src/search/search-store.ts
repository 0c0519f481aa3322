import { effect, signal } from '@preact/signals';
import type { SearchAnswer } from '@shoal/contracts';
import { ConnectionError, getJson, Latest, ProblemError } from '../shared/api.js';
import { backoffMs, connectAttempts } from '../shared/connection.js';
import { endTyping, navigateWhileTyping, route, view } from '../shared/router.js';
import { formatSearchUrl, parseSearchUrl, searchCall, type SearchUrl } from './search-url.js';

export interface AnsweredSearch {
  url: SearchUrl;
  answer: SearchAnswer;
}

/** State of the search view. */
export type SearchState =
  | { kind: 'first' }
  | { kind: 'loading'; url: SearchUrl; previous: AnsweredSearch | undefined }
  | ({ kind: 'answered' } & AnsweredSearch)
  /** `retryAt` (ms since 1970) is set when the cluster is overloaded or has no shard: the page retries by itself. */
  | { kind: 'problem'; url: SearchUrl; problem: ProblemError; retryAt: number | undefined }
  | { kind: 'lost'; url: SearchUrl };

const DEBOUNCE_MS = 120;
const RETRY_SECONDS = 2;
const RETRYABLE_STATUS = new Set([429, 503]);

export const search = signal<SearchState>({ kind: 'first' });
/** Text in the search box; the address follows when typing pauses. */
export const text = signal('');
/** Address of the last search, for the link back from the other views. */
export const lastSearch = signal('/');

const latest = new Latest();
let debounceTimer: ReturnType<typeof setTimeout> | undefined;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
/** Number of retryable errors in a row for the current search. */
let failures = 0;

/** Handles typing: searches once it pauses. */
export function typed(value: string): void {
  text.value = value;
  clearTimeout(debounceTimer);
  debounceTimer = setTimeout(() => openSearch(value), DEBOUNCE_MS);
}

/** Handles Enter or a chosen suggestion: searches immediately. */
export function commit(value: string): void {
  text.value = value;
  clearTimeout(debounceTimer);
  openSearch(value);
  endTyping();
}

function openSearch(value: string): void {
  const current = parseSearchUrl(route.value.search);
  const q = value.trim();
  if (q !== current.q) navigateWhileTyping(formatSearchUrl({ ...current, q, page: 1 }));
}

/** Runs the search that the address names, now and after every change. */
export function followUrl(): void {
  effect(() => {
    if (view.value === 'search') show(parseSearchUrl(route.value.search));
  });
  effect(() => {
    if (connectAttempts.value > 0 && search.peek().kind === 'lost') retrySearch();
  });
}

/** Runs the current search again. */
export function retrySearch(): void {
  const current = search.peek();
  if (current.kind !== 'first') run(current.url);
}

function show(url: SearchUrl): void {
  clearTimeout(debounceTimer);
  lastSearch.value = formatSearchUrl(url);
  document.title = url.q === '' ? 'Shoal' : `${url.q} · Shoal`;
  if (text.peek().trim() !== url.q) text.value = url.q;
  const current = search.peek();
  if (url.q === '') {
    clearTimeout(retryTimer);
    latest.cancel();
    search.value = { kind: 'first' };
  } else if (current.kind === 'first' || formatSearchUrl(current.url) !== formatSearchUrl(url)) {
    search.value = { kind: 'loading', url, previous: answeredSearch(current) };
    failures = 0;
    run(url);
  }
}

function answeredSearch(state: SearchState): AnsweredSearch | undefined {
  if (state.kind === 'loading') return state.previous;
  return state.kind === 'answered' ? state : undefined;
}

function run(url: SearchUrl): void {
  clearTimeout(retryTimer);
  latest.run(
    (signal) => getJson<SearchAnswer>(searchCall(url), signal),
    (answer) => {
      failures = 0;
      search.value = { kind: 'answered', url, answer };
    },
    (error) => {
      search.value = failedState(url, error);
    },
  );
}

function failedState(url: SearchUrl, error: unknown): SearchState {
  if (error instanceof ConnectionError) return { kind: 'lost', url };
  if (!(error instanceof ProblemError)) throw error;
  if (!RETRYABLE_STATUS.has(error.status))
    return { kind: 'problem', url, problem: error, retryAt: undefined };
  failures++;
  // Backoff beyond `Retry-After`: pages that all retry at the same time would keep the cluster overloaded.
  const waitMs = Math.max((error.retryAfter ?? RETRY_SECONDS) * 1000, backoffMs(failures));
  retryTimer = setTimeout(retrySearch, waitMs);
  return { kind: 'problem', url, problem: error, retryAt: Date.now() + waitMs };
}
