import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources: a spec needs no build before it.
const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

export default defineConfig({
  ...source,
  test: { include: ['{libs,apps,deploy}/**/src/**/*.spec.{ts,tsx}', 'deploy/local/bootstrap/*.spec.mjs'] },
});
