import { useEffect } from 'preact/hooks';
import { ClusterPage } from './cluster/cluster-page.js';
import { FaultBanner } from './faults/fault-banner.js';
import { FaultsPage } from './faults/faults-page.js';
import { lastSearch } from './search/search-store.js';
import { SearchPage } from './search/search-page.js';
import { ConnectionBadge } from './shared/connection-status.js';
import { KeyDialog } from './shared/key-dialog.js';
import { Link, view } from './shared/router.js';
import { chooseTheme, nextTheme, theme } from './shared/theme.js';

/** The whole page: header, fault banner, and the view that the address names. */
export function App() {
  const shown = view.value;
  useEffect(() => {
    if (shown === 'cluster') document.title = 'Cluster · Shoal';
    if (shown === 'faults') document.title = 'Faults · Shoal';
  }, [shown]);
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Header />
      <FaultBanner />
      <main id="main" tabIndex={-1}>
        {shown === 'search' && <SearchPage />}
        {shown === 'cluster' && <ClusterPage />}
        {shown === 'faults' && <FaultsPage />}
      </main>
      <KeyDialog />
    </>
  );
}

function Header() {
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

/** The name with its logo, a small school of fish. */
function Wordmark() {
  return (
    <span class="wordmark">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true" focusable="false">
        <path d="M9 9c4-4.500 10-4.500 15 0-5 4.500-11 4.500-15 0L4.500 12.500v-7z" />
        <path opacity=".7" d="M14 19.500c3-3.500 8-3.500 12 0-4 3.500-9 3.500-12 0l-3.500 2.700v-5.400z" />
        <path opacity=".45" d="M7.500 26c2.500-3 6.500-3 9.500 0-3 3-7 3-9.500 0l-3 2.200v-4.400z" />
      </svg>
      <span class="name">Shoal</span>
    </span>
  );
}

const THEME_ICONS = {
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
        {THEME_ICONS[theme.value]}
      </svg>
    </button>
  );
}
