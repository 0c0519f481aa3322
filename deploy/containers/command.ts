import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { findProgram } from '../local/src/observe/programs.ts';
import { StartupError } from '../local/src/startup-error.ts';

export interface CommandSettings {
  /** Text for the standard input. */
  input?: string;
  env?: Record<string, string>;
  /** Passes the output through to the terminal, for commands that take long. */
  shown?: boolean;
}

/**
 * Runs a program to its end.
 * @returns its output, or nothing if that was shown
 * @throws StartupError with the last line of its error output, if it is missing or fails
 */
export async function command(
  [program, ...args]: [string, ...string[]],
  { input = '', env = {}, shown = false }: CommandSettings = {},
): Promise<string> {
  const child = spawn(findProgram(program) ?? program, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
  });
  // A program that ends early closes its input.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  const output = child.stdout ? text(child.stdout) : '';
  const errors = child.stderr ? text(child.stderr) : '';
  const [code] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw new StartupError(`${program} cannot be run (${error.code}): install it and put it on the PATH`);
  })) as [number | null];
  if (code === 0) return (await output).trim();
  const reason = (await errors).trim().split('\n').at(-1);
  throw new StartupError(`${program} ${args.slice(0, 6).join(' ')} failed${reason ? `: ${reason}` : ''}`);
}
