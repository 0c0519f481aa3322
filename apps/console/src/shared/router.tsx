import { computed, signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';

/** The page's address without its origin. */
export interface Route {
  path: string;
  search: string;
  hash: string;
}

/** Current address. It determines everything that the page shows. */
export const route = signal<Route>(readRoute());

export type View = 'search' | 'cluster' | 'faults';

/** View that the address names; unknown paths show the search. */
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

function readRoute(): Route {
  const { pathname, search, hash } = globalThis.location ?? { pathname: '/', search: '', hash: '' };
  return { path: pathname, search, hash };
}

/** Opens an address of this page as a new history entry. */
export function navigate(url: string): void {
  history.pushState(null, '', url);
  route.value = readRoute();
}

/**
 * Opens the address of a query that is still being typed. A run of keystrokes is one history entry, so the back button
 * returns to the previous search instead of removing one letter.
 */
export function navigateWhileTyping(url: string): void {
  if (history.state === 'typing') history.replaceState('typing', '', url);
  else history.pushState('typing', '', url);
  route.value = readRoute();
}

/** Ends the run of keystrokes: the next keystroke starts a new history entry. */
export function endTyping(): void {
  history.replaceState(null, '');
}

globalThis.addEventListener?.('popstate', () => {
  route.value = readRoute();
});

interface LinkProps {
  href: string;
  class?: string | undefined;
  label?: string | undefined;
  current?: boolean | undefined;
  children: ComponentChildren;
}

/** Link within the page. A plain click stays on the page; the browser handles all others (new tab, copy). */
export function Link({ href, label, current, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a
      href={href}
      class={rest.class}
      aria-label={label}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
