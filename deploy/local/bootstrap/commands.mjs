/** Programs of the npm scripts, by name. */

/** @typedef {'build' | 'nats'} Need besides the packages: our code built, a nats-server found */

const ALL = /** @type {Need[]} */ (['build', 'nats']);
/** V8 keeps little for what is young: they run beside many processes. */
const SMALL = ['--max-semi-space-size=2'];

const VITEST = 'node_modules/vitest/vitest.mjs';
const bench = (name) => ({ run: [`test/bench/${name}.ts`], needs: ALL });
const specs = (project, needs) => ({ run: [VITEST, 'run', '--project', project], needs });
const kubernetes = (name, needs) => ({ run: ['deploy/kubernetes/main.ts', name], needs });
const compose = (name) => ({ run: ['deploy/compose/main.ts', name] });
const acceptance = (...args) => ({ run: ['test/acceptance/main.ts', ...args] });

/**
 * `run` is a file and its first arguments; without it only the needs are met.
 * @type {Record<string, { run?: string[], needs?: Need[], flags?: string[] }>}
 */
export const COMMANDS = {
  build: { needs: ['build'] },
  start: { run: ['deploy/local/dist/main.js'], needs: ALL, flags: SMALL },
  test: { run: ['test/run.mjs'], needs: ALL, flags: SMALL },
  'test:all': { run: ['test/run.mjs', '--all'], needs: ALL, flags: SMALL },
  chaos: { run: ['test/chaos/main.ts'], needs: ALL, flags: SMALL },
  load: { run: ['loadtest/main.ts'] },
  'compose:up': compose('up'),
  'compose:down': compose('down'),
  'kind:up': kubernetes('up', ['build']),
  'kind:down': kubernetes('down'),
  'kind:test': acceptance('--target', 'kubernetes'),
  'kubernetes:secrets': kubernetes('secrets', ['build']),
  'experiment:circuit': { run: ['test/experiments/circuit/main.ts'], needs: ALL },
  'bench:overload': bench('overload'),
  'bench:telemetry': bench('telemetry'),
  'bench:sizing': bench('sizing'),
  'bench:stragglers': bench('stragglers'),
  'test:unit': specs('unit'),
  'test:api': specs('api', ALL),
  'test:operations': specs('operations', ALL),
  'test:quality': specs('quality', ALL),
  'test:telemetry': specs('telemetry', ALL),
  'test:failure': specs('failure', ALL),
  'test:chaos': specs('chaos', ALL),
  'test:observability': specs('observability', ALL),
  'test:browser': specs('browser', ALL),
  'test:containers': specs('containers'),
  'test:acceptance': acceptance(),
  'docs:reference': {
    run: [
      ...specs('unit').run,
      '--project',
      'telemetry',
      'borders/reference.spec',
      'telemetry/metrics.spec',
      '-u',
    ],
    needs: ALL,
  },
  dashboards: { run: ['deploy/dashboards/dist/main.js'], needs: ['build'] },
  borders: {
    run: [
      'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
      '--config',
      '.dependency-cruiser.mjs',
      'apps',
      'libs',
      'deploy',
      'test',
      'loadtest',
    ],
  },
};
