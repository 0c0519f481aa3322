/**
 * `npm test`: all checks and the specs that take minutes in sum; `npm run test:all` adds those that take minutes each.
 * deploy/local/bootstrap.mjs runs first: it installs packages, builds, finds a nats-server and starts this file with
 * Shoal's own Node. The last line counts the checks and tests that passed and failed.
 */
import { findChromium } from './run/chromium.mjs';
import { check, measure } from './run/check.mjs';
import { endAll } from './run/command.mjs';
import { specs } from './run/specs.mjs';

const SLOWEST = 10;
const OURS = ['apps', 'libs', 'deploy', 'test', 'loadtest'];

const isComplete = process.argv.includes('--all');

const stop = () => {
  endAll();
  process.exit(1);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(signal, stop);

const sum = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const files = [];
const startedAt = performance.now();

// Lanes have one core each, so their output is shown step by step.
await Promise.all([
  lane([
    ['lint', () => check('oxlint', '--type-aware', '--tsconfig', 'test/tsconfig.json')],
    ['style of the texts', () => check(process.execPath, 'test/style/check-style.mjs')],
    ['format', () => check('prettier', '--check', '--log-level=warn', '.')],
    ['types of the specs', () => check('tsc', '-p', 'test/tsconfig.json')],
    ['types of the console', () => check('tsc', '-p', 'apps/console')],
    ['borders', () => check('depcruise', '--config', '.dependency-cruiser.mjs', ...OURS)],
    ['links of the docs', () => check(process.execPath, 'docs/check-links.mjs')],
    ['ranking against human judgements', () => measure('test/quality/scifact.ts')],
  ]),
  lane([['units and laws', () => buffered(['unit'])]]),
]);

await lane([
  ['the HTTP interface, operations and ranking', () => live(['api', 'operations', 'quality'])],
  ['telemetry', () => live(['telemetry'])],
  ['failures of processes', () => live(['failure'])],
  ['chaos', () => live(['chaos'], smokeUnlessComplete())],
  ['observability', () => live(['observability'], smokeUnlessComplete())],
  ['the page, in a real browser', browser],
]);

console.log(`\nthe ${SLOWEST} slowest spec files`);
for (const { file, ms } of files.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST))
  console.log(`${seconds(ms).padStart(7)}  ${file}`);
console.log(`${seconds(performance.now() - startedAt)} in all`);
// Repeated here because the output above fills many screens.
for (const failure of failures) console.log(`FAILED ${failure}`);
console.log(`${sum.passed} passed, ${sum.failed} failed${sum.skipped > 0 ? `, ${sum.skipped} skipped` : ''}`);
process.exit(sum.failed > 0 ? 1 : 0);

/** Runs steps one after another and adds up their results. */
async function lane(steps) {
  for (const [name, step] of steps) {
    const began = performance.now();
    const result = await step();
    for (const outcome of Object.keys(sum)) sum[outcome] += result[outcome];
    failures.push(...(result.failures ?? (result.failed > 0 ? [name] : [])));
    files.push(...(result.files ?? []));
    const verdict = `${result.failed > 0 ? 'FAILED' : 'ok'}, ${seconds(performance.now() - began)}`;
    console.log(`\n${name}\n${indent(result.output ?? '')}  ${verdict}`);
  }
}

function live(projects, more = {}) {
  return specs(projects, { ...more, onOutput: (text) => process.stdout.write(text) });
}

async function buffered(projects) {
  let output = '';
  const result = await specs(projects, { onOutput: (text) => (output += text) });
  return { ...result, output };
}

function smokeUnlessComplete() {
  return isComplete ? {} : { filters: ['smoke'] };
}

async function browser() {
  const chromium = findChromium();
  if (chromium) return live(['browser'], { env: { CHROMIUM: chromium } });
  const output = 'left out: no Chromium (apt-get install chromium, or name one in CHROMIUM)';
  return { passed: 0, failed: 0, skipped: 1, output };
}

function indent(text) {
  return text === '' ? '' : `${text.trimEnd().replaceAll(/^/gm, '  ')}\n`;
}

function seconds(ms) {
  return `${(ms / 1000).toFixed(0)} s`;
}
