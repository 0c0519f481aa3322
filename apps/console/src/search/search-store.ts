import { effect, signal } from '@preact/signals';
import type { SearchAnswer } from '@shoal/contracts';
import { ConnectionError, getJson, ProblemError } from '../api.js';
import { backoffMs } from '../backoff.js';
import { tries } from '../connection.js';
import { Latest } from '../latest.js';
import { navigateWhileTyping, route, settle, view } from '../router.js';
import { formatSearchUrl, parseSearchUrl, searchCall, type SearchUrl } from './search-url.js';

export interface Answered {
  url: SearchUrl;
  answer: SearchAnswer;
}

/** What the search view shows. */
export type SearchState =
  | { kind: 'first' }
  | { kind: 'loading'; url: SearchUrl; previous: Answered | undefined }
  | ({ kind: 'answered' } & Answered)
  /** `retryAt` (ms since 1970): the cluster is too busy or has no shard, and we ask again by ourselves. */
  | { kind: 'problem'; url: SearchUrl; problem: ProblemError; retryAt: number | undefined }
  | { kind: 'lost'; url: SearchUrl };

const DEBOUNCE_MS = 120;
const RETRY_SECONDS = 2;
const TRY_AGAIN_LATER = new Set([429, 503]);

export const search = signal<SearchState>({ kind: 'first' });
/** What stands in the box; the address follows when typing pauses. */
export const text = signal('');
/** The address of the last search, for the way back from the cluster view. */
export const lastSearch = signal('/');

const latest = new Latest();
let debounce: ReturnType<typeof setTimeout> | undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
/** How often in a row the same was asked and put off. */
let putOff = 0;

/** The reader typed: search once the typing pauses. */
export function typed(value: string): void {
  text.value = value;
  clearTimeout(debounce);
  debounce = setTimeout(() => goTo(value), DEBOUNCE_MS);
}

/** The reader pressed Enter or chose a suggestion: search now. */
export function commit(value: string): void {
  text.value = value;
  clearTimeout(debounce);
  goTo(value);
  settle();
}

function goTo(value: string): void {
  const now = parseSearchUrl(route.value.search);
  const q = value.trim();
  if (q !== now.q) navigateWhileTyping(formatSearchUrl({ ...now, q, page: 1 }));
}

/** Searches for whatever the address says, from now on. */
export function followUrl(): void {
  effect(() => {
    if (view.value === 'search') show(parseSearchUrl(route.value.search));
  });
  effect(() => {
    if (tries.value > 0 && search.peek().kind === 'lost') again();
  });
}

/** Asks the same once more. */
export function again(): void {
  const now = search.peek();
  if (now.kind !== 'first') ask(now.url);
}

function show(url: SearchUrl): void {
  clearTimeout(debounce);
  lastSearch.value = formatSearchUrl(url);
  document.title = url.q === '' ? 'Shoal' : `${url.q} · Shoal`;
  if (text.peek().trim() !== url.q) text.value = url.q;
  const now = search.peek();
  if (url.q === '') {
    clearTimeout(retry);
    latest.cancel();
    search.value = { kind: 'first' };
  } else if (now.kind === 'first' || formatSearchUrl(now.url) !== formatSearchUrl(url)) {
    search.value = { kind: 'loading', url, previous: answered(now) };
    putOff = 0;
    ask(url);
  }
}

function answered(state: SearchState): Answered | undefined {
  if (state.kind === 'loading') return state.previous;
  return state.kind === 'answered' ? state : undefined;
}

function ask(url: SearchUrl): void {
  clearTimeout(retry);
  latest.run(
    (signal) => getJson<SearchAnswer>(searchCall(url), signal),
    (answer) => {
      putOff = 0;
      search.value = { kind: 'answered', url, answer };
    },
    (error) => {
      search.value = failure(url, error);
    },
  );
}

function failure(url: SearchUrl, error: unknown): SearchState {
  if (error instanceof ConnectionError) return { kind: 'lost', url };
  if (!(error instanceof ProblemError)) throw error;
  if (!TRY_AGAIN_LATER.has(error.status)) return { kind: 'problem', url, problem: error, retryAt: undefined };
  putOff++;
  // As long as it asks for, and longer each time: many pages that all come back at once keep a busy cluster busy.
  const wait = Math.max((error.retryAfter ?? RETRY_SECONDS) * 1000, backoffMs(putOff));
  retry = setTimeout(again, wait);
  return { kind: 'problem', url, problem: error, retryAt: Date.now() + wait };
}
