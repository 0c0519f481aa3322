import { run } from './command.mjs';

/** A check by a tool that says nothing, or fails and says why: counts as one test. */
export async function check(command, args) {
  let output = '';
  const code = await run(command, args, { onOutput: (text) => (output += text) });
  if (code !== 0) console.log(indent(output));
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** A measurement that prints its result, and says `left out` when there is nothing to measure with. */
export async function quality(script) {
  let output = '';
  const code = await run(process.execPath, [script], { onOutput: (text) => (output += text) });
  console.log(indent(output));
  const skipped = code === 0 && output.startsWith('left out') ? 1 : 0;
  return { passed: code === 0 && !skipped ? 1 : 0, failed: code === 0 ? 0 : 1, skipped };
}

const indent = (text) => text.trimEnd().replaceAll(/^/gm, '  ');
