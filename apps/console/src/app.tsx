import { useEffect } from 'preact/hooks';
import { ClusterView } from './cluster/cluster-view.js';
import { Header } from './header.js';
import { route } from './router.js';
import { SearchPage } from './search/search-page.js';

/** The whole page: header, and the view that the address names. */
export function App() {
  const onCluster = route.value.path === '/cluster';
  useEffect(() => {
    if (onCluster) document.title = 'Cluster · Shoal';
  }, [onCluster]);
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to content
      </a>
      <Header />
      <main id="main" tabIndex={-1}>
        {onCluster ? <ClusterView /> : <SearchPage />}
      </main>
    </>
  );
}
