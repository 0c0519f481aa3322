// The borders of the repository, explained in docs/architecture.md and checked by `npm run borders` and as part of `npm test`.

const SPEC = '\\.spec\\.(ts|tsx|mjs)$';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment:
        'Files that need each other cannot be understood one by one: move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'found',
      comment: 'An import that leads nowhere would also slip through every rule below.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'libs-know-no-app',
      comment: 'A lib is usable without Shoal: give it what it needs as a parameter.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|deploy)/' },
    },
    {
      name: 'apps-are-apart',
      comment:
        'Apps run in processes of their own and talk over NATS: put what they share into contracts or a lib.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-stand-alone',
      comment:
        'A lib imports no other lib. Exceptions: libs on NATS may import libs/nats, and libs/runtime puts some together.',
      severity: 'error',
      from: {
        path: '^libs/([^/]+)/',
        pathNot: '^libs/(runtime|scatter-gather|membership|leader-election)/',
      },
      to: { path: '^libs/', pathNot: '^libs/$1/' },
    },
    {
      name: 'base-lib-is-nats',
      comment:
        'scatter-gather, membership and leader-election may import libs/nats, and nothing else of ours.',
      severity: 'error',
      from: { path: '^libs/(scatter-gather|membership|leader-election)/' },
      to: { path: '^libs/', pathNot: '^libs/($1|nats)/' },
    },
    {
      name: 'runtime-joins-few',
      comment:
        'libs/runtime needs contracts, nats, membership, scatter-gather and telemetry, and nothing else of ours.',
      severity: 'error',
      from: { path: '^libs/runtime/' },
      to: { path: '^libs/', pathNot: '^libs/(runtime|contracts|nats|membership|scatter-gather|telemetry)/' },
    },
    {
      name: 'console-is-a-client',
      comment:
        'The page knows the HTTP interface (types of contracts) and how words are cut (bm25-index/analyzer).',
      severity: 'error',
      from: { path: '^apps/console/src/' },
      to: { path: '^libs/', pathNot: '^libs/(contracts/|bm25-index/src/analyzer\\.ts$)' },
    },
    {
      name: 'console-takes-only-types-of-contracts',
      comment: 'Schemas in the page would load a validator into the browser: use `import type`.',
      severity: 'error',
      from: { path: '^apps/console/src/', pathNot: SPEC },
      to: { path: '^libs/contracts/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'local-run-is-outside',
      comment:
        'deploy/local starts processes and speaks HTTP: it needs the types of contracts, and no code of an app.',
      severity: 'error',
      from: { path: '^deploy/' },
      to: { path: '^(apps|libs)/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'tests-are-not-shipped',
      comment: 'Only specs may use the helpers in test/.',
      severity: 'error',
      from: { path: '^(apps|libs|deploy)/', pathNot: SPEC },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    // Types count too: they tie files together as code does.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Workspace packages resolve to their sources, so that no build is needed.
      conditionNames: ['source', 'import', 'node', 'types', 'default'],
    },
  },
};
