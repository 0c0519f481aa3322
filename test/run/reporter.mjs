import { writeFileSync } from 'node:fs';

/**
 * Writes into the file that SHOAL_RESULTS names how each file of a run of Vitest went, as `{ file, passed, skipped, failures }`,
 * a failure being `{ what, error, began, ended }` with times of `Date.now()`. What fails outside of any test is one of its
 * file, or of `file: null`.
 */
export default class Reporter {
  #results = [];
  #began = Date.now();

  onTestModuleQueued() {
    this.#began = Date.now();
  }

  onTestModuleEnd(module) {
    this.#results.push(this.#resultsOf(module));
  }

  onTestRunEnd(modules, unhandledErrors) {
    if (unhandledErrors.length > 0)
      this.#results.push({ file: null, passed: 0, skipped: 0, failures: this.#failures(unhandledErrors) });
    writeFileSync(process.env.SHOAL_RESULTS, JSON.stringify(this.#results));
  }

  #resultsOf(module) {
    const tests = [...module.children.allTests()];
    const having = (state) => tests.filter((test) => test.result().state === state);
    const outside = [module, ...module.children.allSuites()].flatMap((suite) => suite.errors());
    return {
      file: module.relativeModuleId,
      passed: having('passed').length,
      skipped: having('skipped').length,
      failures: [...having('failed').map(failureOf), ...this.#failures(outside)],
    };
  }

  /** When they happened is not known: since the file was begun. */
  #failures(errors) {
    const [began, ended] = [this.#began, Date.now()];
    return errors.map((error) => ({ what: 'outside of its tests', error: firstLine(error), began, ended }));
  }
}

function failureOf(test) {
  const { startTime, duration } = test.diagnostic();
  const [error] = test.result().errors;
  return { what: test.fullName, error: firstLine(error), began: startTime, ended: startTime + duration };
}

const firstLine = ({ name, message }) => `${name}: ${message}`.split('\n', 1)[0];
