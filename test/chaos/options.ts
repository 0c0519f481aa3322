import path from 'node:path';
import { parseArgs } from 'node:util';
import { FAULT_NAMES, type FaultName } from '@shoal/contracts';

export interface Options {
  /** Decides the schedule of faults, and what is written and asked. */
  seed: number;
  /** Instead of one seed, all from the first to the last: a run for each. */
  seeds?: { first: number; last: number };
  /** How many of these runs go on at the same time. */
  parallel: number;
  /** How long faults go on; fractions are fine. */
  minutes: number;
  /** How many there are to begin with. With few of them each is written more often. */
  documents: number;
  shards: number;
  replicas: number;
  nats: 1 | 3;
  /** Switched on from the beginning to the cure: parts of the design that are to be missed. */
  faults: FaultName[];
  /** A folder to keep documents and logs in; without one they are removed. */
  data?: string;
  /** Print what was done also when all was right. */
  timeline: boolean;
}

export const USAGE = `Hurts a real cluster under load and checks every answer (docs/truth.md says against what).

npm run chaos -- [options]
  --seed 1         decides which faults come when, and what is written and asked
  --minutes 0.5    how long the faults go on; fractions are fine
  --documents 240  to begin with; of fewer, each is written more often
  --shards 2       parts that the documents are spread over
  --replicas 2     copies of each shard
  --nats 1         nats-servers: 1, or 3 as a cluster
  --seeds 1-100    a run for each of these seeds, and a summary
  --parallel 2     how many of these at the same time
  --faults A,B     breaks the cluster's own safety by these switches, which must be found out
  --data FOLDER    keeps the cluster's documents and logs there, for looking into a failure
  --timeline       print what was done also when all was right
  --help

The exit code is 0 when every answer was right, 1 when one was not or nothing could be tried, 2 for options that cannot be meant.`;

/** A command line that cannot be meant; the message is one line that says what is wrong with it. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 * @returns 'help' when that is asked for
 * @throws UsageError
 */
export function parseOptions(args: string[]): Options | 'help' {
  const given = read(args);
  if (given.help) return 'help';
  return {
    seed: number('seed', given.seed, /^\d{1,9}$/, 0, 999_999_999),
    ...(given.seeds !== undefined && { seeds: range(given.seeds) }),
    parallel: number('parallel', given.parallel, /^\d+$/, 1, 16),
    minutes: number('minutes', given.minutes, /^\d*\.?\d+$/, 0.05, 600),
    documents: number('documents', given.documents, /^\d+$/, 10, 900),
    shards: number('shards', given.shards, /^\d+$/, 1, 8),
    replicas: number('replicas', given.replicas, /^\d+$/, 1, 4),
    nats: number('nats', given.nats, /^[13]$/, 1, 3) as 1 | 3,
    ...(given.data !== undefined && { data: path.resolve(given.data) }),
    faults: given.faults === undefined ? [] : faultNames(given.faults),
    timeline: given.timeline,
  };
}

const text = (value: string) => ({ type: 'string', default: value }) as const;

function read(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seed: text('1'),
        seeds: { type: 'string' },
        parallel: text('2'),
        minutes: text('0.5'),
        documents: text('240'),
        shards: text('2'),
        replicas: text('2'),
        nats: text('1'),
        faults: { type: 'string' },
        data: { type: 'string' },
        timeline: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs explains at length how positional arguments are escaped; the first sentence is what matters.
    throw new UsageError((error as Error).message.split(/\. |\.\n/)[0]);
  }
}

/** The arguments that make a run like this one. */
export function argumentsOf({ seed, minutes, documents, shards, replicas, nats, faults }: Options): string[] {
  const numbers = Object.entries({ seed, minutes, documents, shards, replicas, nats });
  const switches = faults.length > 0 ? ['--faults', faults.join(',')] : [];
  return [...numbers.flatMap(([name, value]) => [`--${name}`, `${value}`]), ...switches];
}

function faultNames(text: string): FaultName[] {
  const names = text.split(',');
  const unknown = names.find((name) => !(FAULT_NAMES as string[]).includes(name));
  if (unknown === undefined) return names as FaultName[];
  throw new UsageError(`--faults knows ${FAULT_NAMES.join(', ')}, not "${unknown}"`);
}

function range(text: string): { first: number; last: number } {
  const [, first, last] = (/^(\d{1,9})-(\d{1,9})$/.exec(text) ?? []).map(Number);
  if (first !== undefined && last !== undefined && first <= last) return { first, last };
  throw new UsageError(`--seeds must be the first and the last one, as 1-100, not "${text}"`);
}

function number(name: string, text: string, form: RegExp, min: number, max: number): number {
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  const what = name === 'nats' ? '1 or 3' : `a number from ${min} to ${max}`;
  throw new UsageError(`--${name} must be ${what}, not "${text}"`);
}
