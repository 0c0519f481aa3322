import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The arguments a process was started with, joined by blanks, or undefined when there is no such process. A pid from
 * a file may by now belong to somebody else, so look at this before sending it a signal.
 */
export function commandLine(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() || undefined;
    }
    return (
      execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}
