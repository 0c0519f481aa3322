import { computed, signal } from '@preact/signals';

/** Where the page is: the address without its origin. */
export interface Route {
  path: string;
  search: string;
  hash: string;
}

/** The current address. Everything the page shows follows from it. */
export const route = signal<Route>(read());

export type View = 'search' | 'cluster' | 'faults';

/** The view that the address names; what is at no other address is the search. */
export const view = computed<View>(() => {
  switch (route.value.path) {
    case '/cluster':
      return 'cluster';
    case '/faults':
      return 'faults';
    default:
      return 'search';
  }
});

function read(): Route {
  const { pathname, search, hash } = globalThis.location ?? { pathname: '/', search: '', hash: '' };
  return { path: pathname, search, hash };
}

/** Goes to an address of this page, as a new entry that the back button leaves again. */
export function navigate(url: string): void {
  history.pushState(null, '', url);
  route.value = read();
}

/**
 * Goes to what is being typed. A run of keystrokes is one history entry, so that one press of the back button
 * returns to what was there before, not to the same words less one letter.
 */
export function navigateWhileTyping(url: string): void {
  if (history.state === 'typing') history.replaceState('typing', '', url);
  else history.pushState('typing', '', url);
  route.value = read();
}

/** Ends the run of keystrokes: what is typed next is a new history entry. */
export function settle(): void {
  history.replaceState(null, '');
}

globalThis.addEventListener?.('popstate', () => {
  route.value = read();
});
