import { parseArgs } from 'node:util';

/** What load, and where to. */
export interface LoadOptions {
  /** Of the edge, without a slash at its end; undefined: the local run's. */
  url: string | undefined;
  /** Searches per second. */
  rate: number;
  /** How long at that rate. */
  seconds: number;
}

export const USAGE = `Sends searches of real words at a steady rate and checks the answers, with k6.

npm run load -- [URL] [options]
  URL           of the cluster; the one that npm start runs here, if it does, else http://127.0.0.1:8080
  --rate 50     searches per second
  --seconds 60  how long at that rate; ten seconds before it the rate rises
  --help

The exit code is 0 when all thresholds hold, 99 when one does not (k6's own), 1 when nothing could be tried, 2 for options that cannot be meant.`;

/** A command line that cannot be meant; the message is one line that says what is wrong with it. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 * @returns 'help' when that is asked for
 * @throws UsageError
 */
export function parseOptions(args: string[]): LoadOptions | 'help' {
  const { values, positionals } = read(args);
  if (values.help) return 'help';
  if (positionals.length > 1) throw new UsageError(`one URL is enough: ${positionals.join(' ')}`);
  return {
    url: positionals[0] === undefined ? undefined : edge(positionals[0]),
    rate: whole('rate', values.rate, 10_000),
    seconds: whole('seconds', values.seconds, 86_400),
  };
}

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        rate: { type: 'string', default: '50' },
        seconds: { type: 'string', default: '60' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // parseArgs explains at length how positional arguments are escaped; the first sentence is what matters.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function edge(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/+$/, '');
  throw new UsageError(`the URL must be as http://127.0.0.1:8080, not "${text}"`);
}

function whole(name: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from 1 to ${max}, not "${text}"`);
}
