import { defineConfig } from 'vitest/config';

// Workspace packages are read from their sources, so a unit spec needs no build. Specs with a cluster start the built
// processes.
const source = { resolve: { conditions: ['source'] }, ssr: { resolve: { conditions: ['source'] } } };

const slow = { testTimeout: 60_000, hookTimeout: 60_000 };
// Two clusters under load at the same time would miss deadlines on two cores.
const serial = { fileParallelism: false, ...slow };
// Specs that mostly wait share the cores.
const pairs = { maxWorkers: 2, sequence: { groupOrder: 1 }, ...slow };

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
        'loadtest/*.spec.ts',
      ]),
      // One cluster serves all files: no file may hurt a process or fill a limit of it.
      project('api', { ...pairs, globalSetup: 'test/cluster/shared-cluster.ts' }),
      project('operations', pairs),
      project('quality', pairs),
      project('telemetry', serial),
      project('failure', serial),
      project('chaos', serial, ['test/chaos/live/*.spec.ts']),
      project('observability', serial),
      // The page shares two cores with the cluster.
      project('browser', { ...serial, expect: { poll: { timeout: 5_000 } } }),
      // Needs Docker.
      project('containers', serial),
      // Needs a running cluster, which test/acceptance/main.ts chooses.
      project('acceptance', serial, ['test/acceptance/suite/*.spec.ts']),
    ],
  },
});
