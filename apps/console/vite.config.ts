import { defaultClientConditions, defineConfig } from 'vite';

const CLUSTER = 'http://127.0.0.1:8080';

export default defineConfig({
  // Bundles the analyser of bm25-index from its source, so the page can be built before the libs.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // Keeps every asset a file: data: URLs would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  // `npx vite apps/console` serves the page from source and forwards API calls to a running cluster. The origin
  // header must be the cluster's own: frontends reject changes from foreign origins.
  server: { proxy: { '/api': { target: CLUSTER, changeOrigin: true, headers: { origin: CLUSTER } } } },
});
