import { spawn } from 'node:child_process';
import path from 'node:path';

/** Root folder of the repository. */
export const ROOT = path.resolve(import.meta.dirname, '../..');

const running = new Set();

/** Ends all running commands and the processes that they started. */
export function endAll() {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Runs a development tool with the Node that runs this file.
 * @param onOutput receives stdout and stderr as they arrive
 * @returns {Promise<number>} the exit code
 */
export function run(command, args, { env = {}, onOutput }) {
  const bin = path.join(ROOT, 'node_modules/.bin');
  const search = [path.dirname(process.execPath), bin, process.env.PATH].join(path.delimiter);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, PATH: search, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', onOutput);
    child.on('error', reject);
    child.on('close', (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}
