import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findProgram, toolsFolder } from '../deploy/local/src/observe/programs.ts';

/** Which runs TypeScript, and was tried. */
const VERSION = '1.8.1';
const SCRIPT = path.join(import.meta.dirname, 'search.ts');

/**
 * Where k6 is on this machine.
 * @throws Error that says how to get it
 */
export function findK6(): string {
  const found = findProgram('k6');
  if (found) return found;
  throw new Error(
    `k6 is neither on the PATH nor in ${toolsFolder()}. It is to be had at\n` +
      `  https://github.com/grafana/k6/releases/tag/v${VERSION}\n` +
      `  or with Go: GOBIN=${toolsFolder()} go install go.k6.io/k6@v${VERSION}`,
  );
}

/**
 * Runs the load with our terminal, and keeps summary.json and report.html in a folder.
 * @returns k6's exit code: 99 when a threshold does not hold
 */
export async function runK6(k6: string, folder: string, env: Record<string, string>): Promise<number> {
  const child = spawn(k6, ['run', '--summary-export', path.join(folder, 'summary.json'), SCRIPT], {
    env: {
      ...process.env,
      K6_WEB_DASHBOARD: 'true',
      K6_WEB_DASHBOARD_EXPORT: path.join(folder, 'report.html'),
      // No page while it runs, for which k6 would wait at its end; and points enough for a report of a short run.
      K6_WEB_DASHBOARD_PORT: '-1',
      K6_WEB_DASHBOARD_PERIOD: '1s',
      K6_NO_USAGE_REPORT: 'true',
      ...env,
    },
    stdio: 'inherit',
  });
  // Ctrl-C reaches k6 by itself: it ends the run in order, and its results are kept.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
