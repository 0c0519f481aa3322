import { ConnectionBadge } from './connection-badge.js';
import { Link } from './link.js';
import { view } from './router.js';
import { lastSearch } from './search/search-store.js';
import { chooseTheme, nextTheme, theme } from './theme.js';
import { Wordmark } from './wordmark.js';

/** Name, the views, the connection and the theme switch. */
export function Header() {
  return (
    <header class="top">
      <Link href="/" class="home" label="Shoal, start page">
        <Wordmark />
      </Link>
      <nav aria-label="Views">
        <Link href={lastSearch.value} current={view.value === 'search'}>
          Search
        </Link>
        <Link href="/cluster" current={view.value === 'cluster'}>
          Cluster
        </Link>
        <Link href="/faults" current={view.value === 'faults'}>
          Faults
        </Link>
        <a href="/api/docs" class="wide-only">
          API
        </a>
      </nav>
      <ConnectionBadge />
      <ThemeSwitch />
    </header>
  );
}

const ICONS = {
  system: (
    <>
      <circle cx="8" cy="8" r="6" />
      <path class="filled" d="M8 2a6 6 0 0 1 0 12z" />
    </>
  ),
  light: (
    <path d="M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1" />
  ),
  dark: <path d="M13.500 9.700A6 6 0 0 1 6.300 2.500a6 6 0 1 0 7.200 7.200z" />,
};

function ThemeSwitch() {
  const next = nextTheme(theme.value);
  const label = `Theme: ${theme.value}. Switch to ${next}`;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      onClick={() => chooseTheme(next)}
    >
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        {ICONS[theme.value]}
      </svg>
    </button>
  );
}
