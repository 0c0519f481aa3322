/**
 * Vitest reporter that writes counts, failures and the duration of each file to SHOAL_TEST_RESULTS. Vitest's own JSON
 * reporter leaves hooks out of a file's duration, and a cluster starts in a hook.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';

export default class ResultsReporter {
  onTestRunEnd(modules) {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state) => tests.filter((test) => test.result().state === state).length;
    const results = {
      passed: count('passed'),
      skipped: count('skipped'),
      failures: modules.flatMap(failuresOf),
      files: modules.map((module) => ({ file: nameOf(module), ms: durationOf(module) })),
    };
    writeFileSync(process.env.SHOAL_TEST_RESULTS, JSON.stringify(results));
  }
}

const nameOf = ({ moduleId }) => path.relative(process.cwd(), moduleId);

/** Time for imports, hooks and tests, in ms. */
function durationOf(module) {
  const { collectDuration, duration } = module.diagnostic();
  return collectDuration + duration;
}

/** Returns a line for each failed test, and for each error of a file or of a hook. */
function failuresOf(module) {
  const line = (name, { message = '' } = {}) => `${nameOf(module)}: ${name}${message.split('\n', 1)[0]}`;
  const tests = [...module.children.allTests('failed')];
  const suites = [module, ...module.children.allSuites()];
  return [
    ...tests.map((test) => line(`${test.fullName}: `, test.result().errors[0])),
    ...suites.flatMap((suite) => suite.errors()).map((error) => line('', error)),
  ];
}
