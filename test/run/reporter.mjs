import { writeFileSync } from 'node:fs';

/**
 * Writes into the file that SHOAL_RESULTS names how each file of a run of Vitest went, as `{ file, passed, skipped, failures }`,
 * a failure being `{ what, error, began, ended }` with times of `Date.now()`. What fails outside of any test is one of its
 * file, or of `file: null`.
 */
export default class Reporter {
  #began = new Map();
  #results = new Map();

  onTestModuleQueued({ moduleId }) {
    this.#began.set(moduleId, Date.now());
  }

  onTestModuleEnd(module) {
    this.#results.set(module.moduleId, this.#resultsOf(module));
  }

  onTestRunEnd(modules, unhandledErrors) {
    const results = modules.map((module) => this.#results.get(module.moduleId) ?? unfinished(module));
    const failures = this.#failures(unhandledErrors, 0);
    if (failures.length > 0) results.push({ file: null, passed: 0, skipped: 0, failures });
    writeFileSync(process.env.SHOAL_RESULTS, JSON.stringify(results));
  }

  #resultsOf(module) {
    const tests = [...module.children.allTests()];
    const having = (state) => tests.filter((test) => test.result().state === state);
    const outside = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    return {
      file: module.relativeModuleId,
      passed: having('passed').length,
      skipped: having('skipped').length,
      failures: [
        ...having('failed').map(failureOf),
        ...this.#failures(outside, this.#began.get(module.moduleId)),
      ],
    };
  }

  /** When they happened is not known: since the file was begun. */
  #failures(errors, began) {
    const ended = Date.now();
    return errors.map((error) => ({ what: 'outside of its tests', error: firstLine(error), began, ended }));
  }
}

/** The process in which it ran is gone, say. */
function unfinished({ relativeModuleId }) {
  const failure = { what: 'the file', error: 'did not come to its end', began: 0, ended: 0 };
  return { file: relativeModuleId, passed: 0, skipped: 0, failures: [failure] };
}

function failureOf(test) {
  const { startTime, duration } = test.diagnostic();
  const [error] = test.result().errors;
  return { what: test.fullName, error: firstLine(error), began: startTime, ended: startTime + duration };
}

const firstLine = ({ name, message }) => `${name}: ${message}`.split('\n', 1)[0];
