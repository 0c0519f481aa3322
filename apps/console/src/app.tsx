import { useEffect } from 'preact/hooks';
import { KeyDialog } from './api-key/key-dialog.js';
import { ClusterView } from './cluster/cluster-view.js';
import { FaultBanner } from './faults/fault-banner.js';
import { FaultsPage } from './faults/faults-page.js';
import { Header } from './header.js';
import { view } from './router.js';
import { SearchPage } from './search/search-page.js';

/** The whole page: header, the banner of the faults, and the view that the address names. */
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
        {shown === 'cluster' && <ClusterView />}
        {shown === 'faults' && <FaultsPage />}
      </main>
      <KeyDialog />
    </>
  );
}
