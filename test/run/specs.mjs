import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './command.mjs';

/**
 * Runs one of the projects in vitest.config.ts, showing each file as it ends.
 * @returns how many tests passed, failed and were left out; a file that cannot be loaded counts as one that failed
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
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(json, code) {
  const results = JSON.parse(json);
  const broken = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const failed = results.numFailedTests + broken;
  return {
    passed: results.numPassedTests,
    // An error outside of any test shows in the exit code alone.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
