import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { findProgram } from '../local/src/observe/programs.ts';
import { StartupError } from '../local/src/startup-error.ts';

export interface CommandSettings {
  /** For its standard input. */
  input?: string;
  env?: Record<string, string>;
  /** Whether the user sees what it says: it takes long. */
  shown?: boolean;
}

/**
 * Runs a program to its end.
 * @returns what it printed; nothing when that was shown
 * @throws StartupError when it is not there or fails, with the last line it said
 */
export async function command(
  [program, ...args]: [string, ...string[]],
  { input = '', env = {}, shown = false }: CommandSettings = {},
): Promise<string> {
  const child = spawn(findProgram(program) ?? program, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
  });
  // One that has ended does not read on.
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  const printed = child.stdout ? text(child.stdout) : '';
  const said = child.stderr ? text(child.stderr) : '';
  const [code] = (await once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    throw new StartupError(`${program} cannot be run (${error.code}): is it installed, and on the PATH?`);
  })) as [number | null];
  if (code === 0) return (await printed).trim();
  const why = (await said).trim().split('\n').at(-1);
  throw new StartupError(`${program} ${args.slice(0, 6).join(' ')} failed${why ? `: ${why}` : ''}`);
}
