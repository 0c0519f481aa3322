// Runs the acceptance suite: `npm run test:acceptance -- --help`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { parseOptions, USAGE, UsageError } from './options.ts';
import { type TargetName, TARGETS } from './targets.ts';

const VITEST = path.resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');

/** @returns the exit code */
async function runSuite(name: TargetName): Promise<number> {
  const { url, prometheusUrl } = await TARGETS[name]();
  console.log(`${name}: ${url}${prometheusUrl ? '' : ', not observed: metrics and traces are left out'}`);
  const suite = spawn(process.execPath, [VITEST, 'run', '--project', 'acceptance'], {
    env: { ...process.env, SHOAL_TARGET: name },
    stdio: 'inherit',
  });
  const [code] = (await once(suite, 'exit')) as [number | null];
  return code ?? 1;
}

try {
  const target = parseOptions(process.argv.slice(2));
  if (target === 'help') console.log(USAGE);
  else process.exitCode = await runSuite(target);
} catch (error) {
  console.error(`acceptance: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
