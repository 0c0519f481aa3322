import { parseArgs } from 'node:util';
import { isTargetName, type TargetName } from './targets.ts';

export const USAGE = `Tries what must work wherever Shoal runs, on one that is running. It writes documents and takes them away again, and kills processes.

npm run test:acceptance -- [options]
  --target local   local: what npm start runs here; compose: what docker compose up does;
                   kubernetes: what npm run kind:up does, or the cluster that SHOAL_KUBE_CONTEXT names
  --help`;

/** A command line that cannot be meant; the message is one line that says what is wrong with it. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 * @returns 'help' when that is asked for
 * @throws UsageError
 */
export function parseOptions(args: string[]): TargetName | 'help' {
  const { help, target } = read(args);
  if (help) return 'help';
  if (isTargetName(target)) return target;
  throw new UsageError(`--target must be local, compose or kubernetes, not "${target}"`);
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        target: { type: 'string', default: 'local' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs explains at length how positional arguments are escaped; the first sentence is what matters.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}
