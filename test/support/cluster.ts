import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Api } from './api.ts';
import { findNatsServer } from './nats-server.ts';
import { until } from './until.ts';

const MAIN = path.resolve(import.meta.dirname, '../../deploy/local/dist/main.js');
const START_MS = 120_000;

/** Options of `npm start`, without their dashes. */
export type ClusterOptions = Partial<
  Record<
    'port' | 'shards' | 'replicas' | 'members' | 'frontends' | 'roots' | 'indexers' | 'nats' | 'partitions',
    number
  >
> & {
  host?: string;
  data?: string | undefined;
  faults?: 'on' | 'off';
  observe?: true;
  corpus?: string;
  env?: Record<string, string>;
};

export interface ClusterProcess {
  name: string;
  role: 'nats' | 'frontend' | 'root' | 'shard' | 'indexer' | 'nats-adapter' | 'telemetry';
  pid: number;
  url?: string;
}

/** What most tests need: as few processes as make a cluster. */
const SMALL: ClusterOptions = { shards: 1, replicas: 1, frontends: 1, roots: 1, indexers: 1 };

/** Starts a cluster on a free port and in a folder of its own; resolves when it is ready. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = launch(options);
  try {
    await until(
      'the cluster is ready',
      () => /^ready (\S+)/m.test(cluster.output) || cluster.hasEnded(),
      START_MS,
    );
    if (cluster.hasEnded()) throw new Error('the cluster ended at its start');
  } catch (error) {
    await cluster.stop();
    throw new Error(`the cluster does not start:\n${cluster.output}`, { cause: error });
  }
  return cluster;
}

/** Starts one without waiting for anything: for starts that fail. */
export function launch({ env, ...options }: ClusterOptions = {}): Cluster {
  return new Cluster({ ...SMALL, corpus: 'none', port: 0, ...options }, env ?? {});
}

/** A local run of Shoal: `npm start` without the bootstrap before it. */
export class Cluster {
  readonly data: string;
  /** All that it has printed so far. */
  output = '';
  /** The part of it on stderr. */
  errors = '';
  readonly supervisor: ChildProcess;
  private readonly ownsData: boolean;

  constructor(options: Omit<ClusterOptions, 'env'>, env: Record<string, string>) {
    this.ownsData = options.data === undefined;
    this.data = options.data ?? mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
    const args = Object.entries({ ...options, data: this.data }).flatMap(([name, value]) =>
      value === true ? [`--${name}`] : [`--${name}`, String(value)],
    );
    // The IPC channel is its lifeline: when this process is gone, in whatever way, it ends itself and all its processes.
    this.supervisor = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, NATS_SERVER: findNatsServer(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.supervisor.stdout?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.supervisor.stderr?.on('data', (text: Buffer) => {
      this.output += text.toString();
      this.errors += text.toString();
    });
  }

  get url(): string {
    const url = /^ready (\S+)/m.exec(this.output)?.[1];
    if (!url) throw new Error('the cluster is not ready yet');
    return url;
  }

  get api(): Api {
    return new Api(this.url);
  }

  /** From cluster.json. */
  get processes(): ClusterProcess[] {
    const file = path.join(this.data, 'cluster.json');
    if (!existsSync(file)) return [];
    return (JSON.parse(readFileSync(file, 'utf8')) as { processes: ClusterProcess[] }).processes;
  }

  /** What a process has printed so far. */
  log(name: string): string {
    return readFileSync(path.join(this.data, 'logs', `${name}.log`), 'utf8');
  }

  process(name: string): ClusterProcess {
    const found = this.processes.find((process) => process.name === name);
    if (!found) throw new Error(`there is no process ${name} now`);
    return found;
  }

  /** Sends a signal to one of its processes. @returns the pid that got it */
  signal(name: string, signal: NodeJS.Signals): number {
    const { pid } = this.process(name);
    process.kill(pid, signal);
    return pid;
  }

  /** Does something while these processes stand still. */
  async whilePaused<T>(names: string[], task: () => Promise<T>): Promise<T> {
    for (const name of names) this.signal(name, 'SIGSTOP');
    try {
      return await task();
    } finally {
      for (const name of names) this.signal(name, 'SIGCONT');
    }
  }

  /** Kills a process and waits until it runs and listens again. */
  async restarted(name: string): Promise<void> {
    const killed = this.signal(name, 'SIGKILL');
    await until(`${name} listens again`, () =>
      this.processes.some((p) => p.name === name && p.pid !== killed && !!p.url),
    );
  }

  hasEnded(): boolean {
    return this.supervisor.exitCode !== null || this.supervisor.signalCode !== null;
  }

  /** @returns the exit code, once it has ended */
  async ended(): Promise<number | null> {
    if (!this.hasEnded()) await once(this.supervisor, 'close');
    return this.supervisor.exitCode;
  }

  /** Ends everything, whatever state it is in, and removes its folder unless that was given. */
  async stop(): Promise<void> {
    const { processes } = this;
    this.supervisor.kill('SIGTERM');
    await this.ended();
    // Only after a killed supervisor something is left: nats-server, and whatever a test has paused.
    for (const { pid } of processes) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    if (this.ownsData) rmSync(this.data, { recursive: true, force: true });
  }
}

/** Whether this process runs: one that has ended and only waits for its parent to take note does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
