import { spawn } from 'node:child_process';
import path from 'node:path';

/** The repository. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

let current;

/** Ends the command that runs now; what it started ends with it. */
export function endCurrent() {
  current?.kill('SIGTERM');
}

/**
 * Runs one of our development tools, by the Node that runs this.
 * @param onOutput gets what it prints as it comes
 * @returns {Promise<number>} its exit code
 */
export function run(command, args, { env = {}, onOutput }) {
  const bin = path.join(ROOT, 'node_modules/.bin');
  const search = [path.dirname(process.execPath), bin, process.env.PATH].join(path.delimiter);
  return new Promise((resolve, reject) => {
    current = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: search, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [current.stdout, current.stderr]) stream.setEncoding('utf8').on('data', onOutput);
    current.on('error', reject);
    current.on('close', (code) => resolve(code ?? 1));
  });
}
