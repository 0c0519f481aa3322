/** Child processes of the bootstrap: quiet steps, and the one that it hands over to. */
import { spawn } from 'node:child_process';

/** An error whose message is all that the user needs to see. */
export class StartupError extends Error {}

const PARENT_CHECK_MS = 500;

let current;
let stopping = false;

/** Ends the running step; for the one we handed over to this is the polite request, and it has the time it needs. */
function stop() {
  stopping = true;
  if (current?.exitCode === null && current.signalCode === null) current.kill('SIGTERM');
  else process.exit(1);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);

// Some shells do not pass signals on: when npm is killed, its `sh -c` may go without a word to us.
if (process.env.npm_lifecycle_event) {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && stop(), PARENT_CHECK_MS).unref();
}

/**
 * Runs a step to its end without showing its output.
 * @returns {Promise<string>} its output, stdout and stderr together
 * @throws StartupError with the output when the step cannot be started or fails
 */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    if (stopping) return reject(new StartupError('stopped'));
    let output = '';
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    current = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    child.on('error', (error) => reject(new StartupError(`${command} cannot be run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (stopping) reject(new StartupError('stopped'));
      else if (code === 0) resolve(output);
      else reject(new StartupError(`${command} ${args.join(' ')} failed (${signal ?? code}):\n${output}`));
    });
  });
}

/**
 * Runs the program of the npm script with this process's terminal. The IPC channel lets the program notice when this process
 * is killed.
 * @returns {Promise<number>} its exit code
 */
export function handOver(command, args, env) {
  return new Promise((resolve, reject) => {
    if (stopping) return reject(new StartupError('stopped'));
    current = spawn(command, args, { env, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    current.on('error', (error) => reject(new StartupError(`${command} cannot be run: ${error.message}`)));
    current.on('exit', (code) => resolve(code ?? 1));
  });
}
