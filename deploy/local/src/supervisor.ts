import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedProcess } from './child.js';
import type { DataFolder } from './data-folder.js';
import type { ProcessSpec, Role } from './launch.js';
import { LogFile } from './log-file.js';
import type { StartupError } from './startup-error.js';

/** `cluster.json`: which process is which, so that a test can kill, pause or trace any of them. */
export interface ClusterFile {
  pid: number;
  url: string;
  processes: RunningProcess[];
}

export interface RunningProcess {
  name: string;
  role: Role;
  pid: number;
  url?: string;
}

/** Order of the stop: callers before callees, so that in-flight requests can finish. */
const STOP_ORDER: Role[] = ['frontend', 'root', 'indexer', 'shard', 'nats-adapter', 'nats', 'telemetry'];
/** Ctrl-C must be over within 5 s: this long the polite way, then by force. */
const POLITE_MS = 2800;
/** Share of the time after which the next tier is stopped, too. */
const TIER_MS = 700;
const TIDY_LOGS_MS = 10_000;

/** Runs processes, keeps `cluster.json` true, and ends them all. */
export class Supervisor {
  private readonly processes: ManagedProcess[] = [];
  private readonly housekeeping: NodeJS.Timeout;
  private stopping = false;
  private tell: (processes: RunningProcess[]) => void = () => {};

  /** @param failed called when a process cannot be started at all */
  constructor(
    private readonly folder: DataFolder,
    private readonly url: string,
    private readonly failed: (trouble: StartupError) => void,
  ) {
    this.housekeeping = setInterval(() => this.processes.forEach(({ log }) => log.tidy()), TIDY_LOGS_MS);
  }

  /** Calls the listener with the running processes, now and after each change. */
  onChange(tell: (processes: RunningProcess[]) => void): void {
    this.tell = tell;
    tell(this.running());
  }

  /**
   * Starts a process and keeps it running.
   * @param failed called when it cannot be started, if that does not end the run
   */
  start(spec: ProcessSpec, failed = this.failed): ManagedProcess {
    const process = new ManagedProcess(spec, new LogFile(this.folder.path('logs', `${spec.name}.log`)), {
      changed: () => this.writeClusterFile(),
      failed,
    });
    this.processes.push(process);
    process.start();
    return process;
  }

  withRole(role: Role): ManagedProcess[] {
    return this.processes.filter(({ spec }) => spec.role === role);
  }

  /**
   * Makes every Shoal process return the memory of its start and of the load, one after another: each is blocked meanwhile, and
   * its shard's other replica must not be.
   */
  async collectGarbage(): Promise<void> {
    for (const process of this.processes) await process.collectGarbage();
  }

  /** Ends every process, tier by tier, the stubborn ones by force. Takes less than 5 s. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.housekeeping);
    const deadline = performance.now() + POLITE_MS;
    for (const role of STOP_ORDER) {
      const tier = this.withRole(role);
      tier.forEach((process) => process.end('SIGTERM'));
      const patience = Math.min(TIER_MS, deadline - performance.now());
      await Promise.race([allGone(tier), sleep(Math.max(0, patience))]);
    }
    await Promise.race([allGone(this.processes), sleep(Math.max(0, deadline - performance.now()))]);
    this.processes.forEach((process) => process.end('SIGKILL'));
    await allGone(this.processes);
    // Their last words.
    this.processes.forEach(({ log }) => log.tidy());
    this.folder.remove('cluster.json');
  }

  private writeClusterFile(): void {
    if (this.stopping) return;
    const processes = this.running();
    const file: ClusterFile = { pid: process.pid, url: this.url, processes };
    this.folder.writeJson('cluster.json', file);
    this.tell(processes);
  }

  private running(): RunningProcess[] {
    return this.processes.flatMap(({ spec: { name, role }, pid, url }) =>
      pid === undefined ? [] : [{ name, role, pid, ...(url !== undefined && { url }) }],
    );
  }
}

const allGone = (processes: ManagedProcess[]): Promise<unknown> =>
  Promise.all(processes.map((process) => process.gone()));
