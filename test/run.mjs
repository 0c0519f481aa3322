/**
 * `npm test`: every check there is. deploy/local/bootstrap.mjs comes first: it installs the packages, builds, finds a
 * nats-server, and starts this under our own Node. The last line says how many checks and tests passed and failed.
 */
import { findChromium } from './run/chromium.mjs';
import { endCurrent } from './run/command.mjs';
import { check, quality } from './run/check.mjs';
import { specs } from './run/specs.mjs';

const stop = () => {
  endCurrent();
  process.exit(1);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(signal, stop);

const OURS = ['apps', 'libs', 'deploy', 'test', 'loadtest'];

const steps = [
  { name: 'lint', run: () => check('oxlint', ['--type-aware', '--tsconfig', 'test/tsconfig.json']) },
  { name: 'format', run: () => check('prettier', ['--check', '--log-level=warn', '.']) },
  { name: 'types of the specs', run: () => check('tsc', ['-p', 'test/tsconfig.json']) },
  { name: 'types of the console', run: () => check('tsc', ['-p', 'apps/console']) },
  { name: 'borders', run: () => check('depcruise', ['--config', '.dependency-cruiser.mjs', ...OURS]) },
  { name: 'links of the docs', run: () => check(process.execPath, ['docs/check-links.mjs']) },
  { name: 'units and laws', run: () => specs('unit') },
  { name: 'ranking against human judgements', run: () => quality('test/quality/scifact.ts') },
  { name: 'the system, as real processes', run: () => specs('system') },
  { name: 'the page, in a real browser', run: browser },
];

async function browser() {
  const chromium = findChromium();
  if (chromium) return specs('browser', { CHROMIUM: chromium });
  console.log('  left out: no Chromium (apt-get install chromium, or name one in CHROMIUM)');
  return { passed: 0, failed: 0, skipped: 1 };
}

const sum = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const startedAt = performance.now();
for (const { name, run } of steps) {
  console.log(`\n${name}`);
  const began = performance.now();
  const result = await run();
  for (const outcome of Object.keys(sum)) sum[outcome] += result[outcome];
  failures.push(...(result.failures ?? (result.failed > 0 ? [name] : [])));
  console.log(`  ${result.failed > 0 ? 'FAILED' : 'ok'}, ${seconds(began)}`);
}

console.log(`\n${seconds(startedAt)} in all`);
// Again at the end: what comes before fills many screens.
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exit(sum.failed > 0 ? 1 : 0);

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}
