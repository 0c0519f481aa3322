import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, run } from './command.mjs';

const REPORTER = path.join(import.meta.dirname, 'results-reporter.mjs');

/**
 * Runs projects of vitest.config.ts and shows each file as it ends.
 * @param filters run only files whose path contains one of these
 * @returns counts of tests, a line for each failure, and the duration of each file
 */
export async function specs(projects, { filters = [], env = {}, onOutput } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-specs-'));
  const file = path.join(folder, 'results.json');
  const args = ['run', ...filters, ...projects.flatMap((name) => ['--project', name])];
  args.push('--reporter=default', `--reporter=${REPORTER}`);
  const results = { ...env, SHOAL_TEST_RESULTS: file };
  try {
    const code = await run('vitest', args, { env: results, onOutput });
    return withExitCode(JSON.parse(readFileSync(file, 'utf8')), code);
  } catch (error) {
    const failure = `${projects.join(', ')}: vitest left no results: ${error.message}`;
    return { passed: 0, failed: 1, skipped: 0, failures: [failure], files: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Vitest reports an error outside of all tests only by its exit code. */
function withExitCode(results, code) {
  const failures = results.failures.map((line) => line.replace(`${ROOT}/`, ''));
  if (failures.length === 0 && code !== 0) failures.push('an error outside of any test: see above');
  return { ...results, failures, failed: failures.length };
}
