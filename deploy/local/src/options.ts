import { isIP } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { StartupError } from './startup-error.js';

/** How to run the cluster, as given on the command line. */
export interface Options {
  /** The one port that others use; 0 for any free one. */
  port: number;
  /** Where others find it; everything else stays on loopback. */
  host: string;
  shards: number;
  replicas: number;
  /** Shard processes; those beyond shards × replicas are spares. */
  members: number;
  frontends: number;
  roots: number;
  indexers: number;
  nats: 1 | 3;
  partitions: number;
  /** Whether faults may be switched on. */
  faults: 'on' | 'off';
  /** Whether Jaeger, collectors and Prometheus run beside it. */
  observe: boolean;
  /** `wordnet`, `none` or the absolute path of a file of JSON lines. */
  corpus: string;
  /** Absolute path of the folder for everything that outlives the run. */
  data: string;
}

/** An invalid command line; the message names the fault. */
export class UsageError extends StartupError {}

export const USAGE = `Runs a whole Shoal cluster on this machine.

npm start -- [options]
  --port 8080        where to find it; 0: any free port
  --host 127.0.0.1   who finds it: this machine; 0.0.0.0: whoever reaches it, to read, or to write with one of SHOAL_API_KEYS
  --shards 4         parts that the documents are spread over
  --replicas 2       copies of each shard
  --members N        shard processes (shards × replicas; more are spares)
  --frontends 2      processes that share the port
  --roots 2          processes that scatter queries and gather answers
  --indexers 2       processes of which one is elected to write
  --nats 1           nats-servers: 1, or 3 as a cluster
  --partitions 64    units that documents move in, fixed once a data folder is made
  --faults on        whether parts may be broken by PUT /api/faults/NAME: on or off
  --observe          traces in Jaeger, metrics in Prometheus, if these are on this machine
  --corpus wordnet   what to load at the first start: wordnet, none or FILE.jsonl
  --data .shoal      folder for documents, logs and cluster.json
  --help`;

const counts = {
  shards: '4',
  replicas: '2',
  members: undefined,
  frontends: '2',
  roots: '2',
  indexers: '2',
  partitions: '64',
};

/** Limits of the indexer (apps/indexer/src/settings.ts). */
const MOST: Partial<Record<keyof typeof counts, number>> = { shards: 256, replicas: 16 };

/**
 * Reads the command line.
 * @param cwd base of relative paths
 * @returns 'help' if the command line requests it
 * @throws UsageError
 */
export function parseOptions(args: string[], cwd = process.cwd()): Options | 'help' {
  const given = read(args);
  if (given.help) return 'help';
  const count = (name: keyof typeof counts, fallback?: number): number =>
    whole(name, given[name] ?? counts[name] ?? String(fallback), 1, MOST[name] ?? 1024);
  const shards = count('shards');
  const replicas = count('replicas');
  const options: Options = {
    port: whole('port', given.port, 0, 65_535),
    host: host(given.host),
    shards,
    replicas,
    members: count('members', shards * replicas),
    frontends: count('frontends'),
    roots: count('roots'),
    indexers: count('indexers'),
    nats: nats(given.nats),
    partitions: count('partitions'),
    faults: faults(given.faults),
    observe: given.observe,
    corpus: ['wordnet', 'none'].includes(given.corpus) ? given.corpus : path.resolve(cwd, given.corpus),
    data: path.resolve(cwd, given.data),
  };
  if (options.members < shards)
    throw new UsageError(`--members ${options.members} are too few for --shards ${shards}`);
  if (options.partitions < shards) {
    throw new UsageError(
      `--partitions ${options.partitions} cannot be spread over --shards ${shards}: give at least as many`,
    );
  }
  return options;
}

function read(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      options: {
        port: { ...text, default: '8080' },
        host: { ...text, default: '127.0.0.1' },
        shards: text,
        replicas: text,
        members: text,
        frontends: text,
        roots: text,
        indexers: text,
        nats: { ...text, default: '1' },
        partitions: text,
        faults: { ...text, default: 'on' },
        observe: { type: 'boolean', default: false },
        corpus: { ...text, default: 'wordnet' },
        data: { ...text, default: '.shoal' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    // parseArgs explains at length how positional arguments are escaped; the first sentence is what matters.
    throw new UsageError((error as Error).message.split('. ')[0]);
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not "${text}"`);
}

function host(text: string): string {
  const plain = text.replace(/^\[(.*)\]$/, '$1');
  if (isIP(plain) || plain === 'localhost') return plain;
  throw new UsageError(
    `--host must be an address of this machine, as 127.0.0.1, or 0.0.0.0 for all of them, not "${text}"`,
  );
}

function nats(text: string): 1 | 3 {
  if (text === '1') return 1;
  if (text === '3') return 3;
  throw new UsageError(
    `--nats must be 1 or 3 (a majority of 2 is 2, so it would survive nothing), not "${text}"`,
  );
}

function faults(text: string): 'on' | 'off' {
  if (text === 'on' || text === 'off') return text;
  throw new UsageError(`--faults must be on or off, not "${text}"`);
}
