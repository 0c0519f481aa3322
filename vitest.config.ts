import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources: a spec needs no build before it. (The system tests do: they start
// the built processes.)
const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

// Each file has a cluster of its own: one after the other, or two cores are too few to meet any deadline.
const serial = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 };
// Clusters of specs, and the times that specs import, run at half of production's (libs/contracts/src/timing.ts).
const accelerated = { ...serial, env: { SHOAL_TIME_SCALE: '0.5' } };

export default defineConfig({
  ...source,
  test: {
    // The first line of a failure says what was met, not how many: `npm test` shows no more of it at its end.
    chaiConfig: { truncateThreshold: 800 },
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          // Laws try hundreds of cases, on a machine that may be busy.
          testTimeout: 30_000,
          include: [
            '{libs,apps,deploy}/**/src/**/*.spec.{ts,tsx}',
            'deploy/local/bootstrap/*.spec.mjs',
            'deploy/{compose,containers,kubernetes,observability}/*.spec.ts',
            'test/{quality,borders,chaos,acceptance}/*.spec.ts',
            'test/style/*.spec.mjs',
            'loadtest/*.spec.ts',
          ],
        },
      },
      { ...source, test: { name: 'system', include: ['test/system/*.spec.ts'], ...accelerated } },
      // With Docker, which `npm test` does not need.
      { ...source, test: { name: 'containers', include: ['test/containers/*.spec.ts'], ...serial } },
      // On a cluster that runs already: test/acceptance/main.ts says which.
      { ...source, test: { name: 'acceptance', include: ['test/acceptance/suite/*.spec.ts'], ...serial } },
      {
        ...source,
        test: {
          name: 'browser',
          include: ['test/browser/*.spec.ts'],
          ...accelerated,
          // The page shares two cores with the cluster.
          expect: { poll: { timeout: 5_000 } },
        },
      },
    ],
  },
});
