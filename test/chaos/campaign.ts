import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { HEALS_WITHIN_MS } from './healing.ts';
import { argumentsOf, type Options } from './options.ts';
import { countsOf } from './report.ts';

const MAIN = path.join(import.meta.dirname, 'main.ts');
/** For starting and ending a cluster on a busy machine. */
const AROUND_MS = 120_000;

interface Result {
  seed: number;
  passed: boolean;
  verdict: string;
}

/**
 * Runs many seeds, each in a process of its own, a few at a time. With `data` everything that a failed run says is kept there.
 * @returns whether all have passed
 */
export async function runCampaign(
  options: Options,
  { first, last }: { first: number; last: number },
): Promise<boolean> {
  const results: Result[] = [];
  let next = first;
  const work = async () => {
    while (next <= last) {
      const result = await runSeed(next++, options);
      results.push(result);
      console.log(result.verdict);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, work));
  console.log(summary(results));
  return results.every(({ passed }) => passed);
}

async function runSeed(seed: number, options: Options): Promise<Result> {
  const { minutes, data } = options;
  const args = argumentsOf({ ...options, seed });
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  // Its cluster ends with it.
  const late = setTimeout(() => child.kill('SIGKILL'), minutes * 60_000 + HEALS_WITHIN_MS + AROUND_MS);
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(late);
  const passed = code === 0;
  if (!passed && data !== undefined) {
    mkdirSync(data, { recursive: true });
    writeFileSync(path.join(data, `seed-${seed}.log`), output);
  } else if (!passed) console.log(output);
  const line = output.trimEnd().split('\n').at(-1) ?? '';
  const verdict = line.startsWith('chaos ')
    ? line
    : `chaos FAILED, seed ${seed}: ${code === null ? 'it did not end in time' : line}`;
  return { seed, passed, verdict };
}

function summary(results: readonly Result[]): string {
  const failed = results.filter(({ passed }) => !passed).map(({ seed }) => seed);
  const sums = new Map<string, number>();
  for (const { verdict } of results)
    for (const [what, count] of countsOf(verdict)) sums.set(what, (sums.get(what) ?? 0) + count);
  const totals = [...sums].map(([what, count]) => `${count} ${what}`).join(', ');
  const which = failed.length > 0 ? ` (seeds ${failed.toSorted((a, b) => a - b).join(', ')})` : '';
  return `${results.length - failed.length} seeds passed, ${failed.length} failed${which}: ${totals}`;
}
