import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Api } from './api.ts';
import { until } from './until.ts';

export interface ClusterProcess {
  name: string;
  role: 'nats' | 'frontend' | 'root' | 'shard' | 'indexer' | 'nats-adapter' | 'telemetry';
  pid: number;
  url?: string;
}

interface ClusterFile {
  url: string;
  processes: ClusterProcess[];
}

/** A local run of Shoal, started by this or another process. */
export class RunningCluster {
  private client: Api | undefined;

  /** @param data its data folder */
  constructor(readonly data: string) {}

  /** Address of the edge; fixed for the life of the run. */
  get url(): string {
    return this.read()!.url;
  }

  get api(): Api {
    this.client ??= new Api(this.url);
    return this.client;
  }

  /** Processes that run now. */
  get processes(): ClusterProcess[] {
    return this.read()?.processes ?? [];
  }

  /** Returns the log of a process so far. */
  log(name: string): string {
    return readFileSync(path.join(this.data, 'logs', `${name}.log`), 'utf8');
  }

  process(name: string): ClusterProcess {
    const found = this.processes.find((process) => process.name === name);
    if (!found) throw new Error(`there is no process ${name} now`);
    return found;
  }

  /** Sends a signal to a process. @returns its pid */
  signal(name: string, signal: NodeJS.Signals): number {
    const { pid } = this.process(name);
    process.kill(pid, signal);
    return pid;
  }

  /** Runs a task while these processes are paused. */
  async whilePaused<T>(names: string[], task: () => Promise<T>): Promise<T> {
    for (const name of names) this.signal(name, 'SIGSTOP');
    try {
      return await task();
    } finally {
      for (const name of names) this.signal(name, 'SIGCONT');
    }
  }

  /** Kills a process and waits until its successor listens. */
  async restarted(name: string): Promise<void> {
    const killed = this.signal(name, 'SIGKILL');
    await until(`${name} listens again`, () => this.isReplaced(name, killed));
  }

  /** Whether the successor of the process with this pid listens. */
  isReplaced(name: string, pid: number): boolean {
    return this.processes.some((process) => process.name === name && process.pid !== pid && !!process.url);
  }

  /** Returns cluster.json, which is absent before and after the run. */
  private read(): ClusterFile | undefined {
    const file = path.join(this.data, 'cluster.json');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ClusterFile) : undefined;
  }
}

/** Whether a process runs. A zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self/stat') || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
