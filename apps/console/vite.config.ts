import { defaultClientConditions, defineConfig } from 'vite';

const CLUSTER = 'http://127.0.0.1:8080';

export default defineConfig({
  // The analyser of bm25-index is bundled from its source, so that the page can be built before the libs are.
  resolve: { conditions: ['source', ...defaultClientConditions] },
  build: {
    target: 'es2022',
    // data: addresses would need an exception in the Content-Security-Policy, so every asset stays a file.
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
  },
  // `npx vite apps/console` beside a running cluster: the page from source, the answers from the cluster.
  // To the cluster it must look like the cluster's own page, or it may not change anything.
  server: { proxy: { '/api': { target: CLUSTER, changeOrigin: true, headers: { origin: CLUSTER } } } },
});
