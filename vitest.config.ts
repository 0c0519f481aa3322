import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources, so a unit spec needs no build. Specs with a cluster start the built
// processes.
const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

// Clusters of specs, and the times that specs import, run at half of production's (libs/contracts/src/timing.ts).
const slow = { testTimeout: 60_000, hookTimeout: 60_000, env: { SHOAL_TIME_SCALE: '0.5' } };
// Two clusters under load at the same time would miss deadlines on two cores.
const serial = { fileParallelism: false, ...slow };
// Specs that mostly wait share the cores.
const pairs = { maxWorkers: 2, sequence: { groupOrder: 1 }, ...slow };

const SHARED_CLUSTER = 'test/cluster/shared-cluster.ts';

const project = (name: string, options: object, include = [`test/${name}/*.spec.ts`]) => ({
  ...source,
  test: { name, include, ...options },
});

export default defineConfig({
  ...source,
  test: {
    // `npm test` repeats the first line of a failure at its end, so that line has to show the values.
    chaiConfig: { truncateThreshold: 800 },
    projects: [
      // Property tests try hundreds of cases, also on a busy machine.
      project('unit', { testTimeout: 30_000, maxWorkers: '100%' }, [
        '{libs,apps,deploy}/**/src/**/*.spec.{ts,tsx}',
        'deploy/local/bootstrap/*.spec.mjs',
        'deploy/{compose,containers,kubernetes,observability}/*.spec.ts',
        'test/{acceptance,borders,chaos}/*.spec.ts',
        'test/style/*.spec.mjs',
        'loadtest/*.spec.ts',
      ]),
      // No file may hurt a process of the shared cluster or fill a limit of it, because another file runs beside it.
      project('api', { ...pairs, globalSetup: SHARED_CLUSTER }),
      project('operations', pairs),
      project('quality', pairs),
      project('telemetry', serial),
      project('failure', serial),
      project('chaos', serial, ['test/chaos/live/*.spec.ts']),
      project('observability', serial),
      // The page shares two cores with the cluster. A file leaves the cluster healthy for the next one.
      project('browser', { ...serial, globalSetup: SHARED_CLUSTER, expect: { poll: { timeout: 5_000 } } }),
      // Needs Docker.
      project('containers', serial),
      // Needs a running cluster, which test/acceptance/main.ts chooses.
      project('acceptance', serial, ['test/acceptance/suite/*.spec.ts']),
    ],
  },
});
