import { run } from './command.mjs';

/**
 * Runs a check that prints nothing when it passes. Counts as one test.
 * @returns its counts and output
 */
export async function check(command, ...args) {
  let output = '';
  const code = await run(command, args, { onOutput: (text) => (output += text) });
  const failed = code !== 0;
  return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0, output: failed ? output : '' };
}

/** Runs a measurement that prints its result, or `left out` when it has no data. */
export async function measure(script) {
  let output = '';
  const code = await run(process.execPath, [script], { onOutput: (text) => (output += text) });
  const skipped = code === 0 && output.startsWith('left out') ? 1 : 0;
  return { passed: code === 0 && !skipped ? 1 : 0, failed: code === 0 ? 0 : 1, skipped, output };
}
