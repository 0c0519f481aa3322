import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findNatsServer } from './nats-server.ts';
import { isAlive, RunningCluster } from './running-cluster.ts';
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

/** A run that this process starts: `npm start` without its bootstrap. */
export class Cluster extends RunningCluster {
  /** All that it has printed so far. */
  output = '';
  /** The part of it on stderr. */
  errors = '';
  readonly supervisor: ChildProcess;
  private readonly ownsData: boolean;

  constructor(options: Omit<ClusterOptions, 'env'>, env: Record<string, string>) {
    super(options.data ?? mkdtempSync(path.join(tmpdir(), 'shoal-test-')));
    this.ownsData = options.data === undefined;
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

  override get url(): string {
    const url = /^ready (\S+)/m.exec(this.output)?.[1];
    if (!url) throw new Error('the cluster is not ready yet');
    return url;
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
