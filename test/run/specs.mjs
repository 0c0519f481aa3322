import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './command.mjs';

/**
 * Runs one of the projects in vitest.config.ts, showing each file as it ends.
 * @returns how many tests passed, failed and were left out, and what failed; a file that cannot be loaded counts as one that failed
 */
export async function specs(project, env) {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-specs-'));
  const file = path.join(folder, 'results.json');
  const args = [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  try {
    const code = await run('vitest', args, { env, onOutput: (text) => process.stdout.write(text) });
    return count(readFileSync(file, 'utf8'), code);
  } catch (error) {
    console.log(`  vitest left no results: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0, failures: [`${project}: ${error.message}`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(json, code) {
  const results = JSON.parse(json);
  const failures = results.testResults.flatMap(failuresOf);
  // An error outside of any test shows in the exit code alone.
  if (failures.length === 0 && code !== 0) failures.push('an error outside of any test: see above');
  return {
    passed: results.numPassedTests,
    failed: failures.length,
    skipped: results.numPendingTests + results.numTodoTests,
    failures,
  };
}

/** Of one file: a line for each test that failed, or for the file when it is none of them. */
function failuresOf({ name, status, message, assertionResults }) {
  const file = path.relative(process.cwd(), name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}: ${firstLine(message)}`] : [];
  return failed.map(
    ({ fullName, failureMessages }) => `${file}: ${fullName}: ${firstLine(failureMessages[0])}`,
  );
}

const firstLine = (text = '') => text.split('\n', 1)[0];
