import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from './command.mjs';
import { Standstills } from './standstills.mjs';

/**
 * Runs one of the projects in vitest.config.ts, showing each file as it ends. A file is run once more when the machine
 * stood still during each of its tests that failed, and only then.
 * @returns how many tests passed, failed and were left out, and lines for the end: of what failed, and of what was run again
 */
export async function specs(project, env) {
  const standstills = new Standstills();
  void standstills.watch();
  try {
    const first = await vitest(project, [], env);
    const unclear = first.filter((results) => isUnclear(results, standstills));
    if (unclear.length === 0) return { ...summed(first), notes: [] };
    const names = unclear.map(({ file }) => file);
    console.log(`  once more, as the machine stood still: ${names.join(', ')}`);
    const second = await vitest(project, names, env);
    const again = unclear.map(
      ({ file }) => second.find((one) => one.file === file) ?? broken(`${file} was not run again`),
    );
    const kept = first.filter((results) => !unclear.includes(results));
    return {
      ...summed([...kept, ...again, ...second.filter(({ file }) => file === null)]),
      notes: linesOf(unclear).map((line) => `the machine stood still, and it was run again: ${line}`),
    };
  } finally {
    standstills.stop();
    console.log(`  ${standstills.summary()}`);
  }
}

/** Whether a file failed, and each time in a moment that says nothing about it. */
export function isUnclear({ file, failures }, standstills) {
  return (
    file !== null &&
    failures.length > 0 &&
    failures.every(({ began, ended }) => standstills.longest(began, ended) > 0)
  );
}

/** @returns what reporter.mjs wrote of each file; a run that left nothing is a failure of its own */
async function vitest(project, files, env) {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-specs-'));
  const results = path.join(folder, 'results.json');
  const args = ['run', '--project', project, '--reporter=default', '--reporter=./test/run/reporter.mjs'];
  try {
    const code = await run('vitest', [...args, ...files], {
      env: { ...env, SHOAL_RESULTS: results },
      onOutput: (text) => process.stdout.write(text),
    });
    const seen = JSON.parse(readFileSync(results, 'utf8'));
    const says = seen.some(({ failures }) => failures.length > 0);
    return code === 0 || says ? seen : [...seen, broken(`it ended with ${code}: see above`)];
  } catch (error) {
    return [broken(`it left no results: ${error.message}`)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A failure of the run, and of none of its files. */
function broken(error) {
  const failure = { what: 'vitest', error, began: 0, ended: 0 };
  return { file: null, passed: 0, skipped: 0, failures: [failure] };
}

function summed(results) {
  const sum = (count) => results.reduce((total, one) => total + count(one), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failures }) => failures.length),
    skipped: sum(({ skipped }) => skipped),
    failures: linesOf(results),
  };
}

const linesOf = (results) =>
  results.flatMap(({ file, failures }) =>
    failures.map(({ what, error }) => [file, what, error].filter((part) => part !== null).join(': ')),
  );
