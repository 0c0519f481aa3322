import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster } from '../cluster/cluster.ts';
import { isAlive } from '../cluster/running-cluster.ts';
import type { Journal } from './journal.ts';
import type { Fault } from './schedule.ts';

/** A slow process gets a tenth of its time. */
const SLOW_STOPPED_MS = 90;
const SLOW_RUNNING_MS = 10;
const SIGNAL = { kill: 'SIGKILL', end: 'SIGTERM' } as const;

/** Carries out a schedule on the processes of a cluster. */
export class Faults {
  private readonly cluster: Cluster;
  private readonly journal: Journal;
  /** How many faults hold a process: it runs again when the last of them ends. */
  private readonly held = new Map<number, number>();

  constructor(cluster: Cluster, journal: Journal) {
    this.cluster = cluster;
    this.journal = journal;
  }

  /** Resolves when all faults are over. @param signal ends them all at once */
  async carryOut(faults: readonly Fault[], signal: AbortSignal): Promise<void> {
    await Promise.all(faults.map((fault) => this.strike(fault, signal)));
  }

  private async strike({ at, kind, target, forMs }: Fault, signal: AbortSignal): Promise<void> {
    await sleep(at, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const pid = this.cluster.processes.find(({ name }) => name === target)?.pid;
    if (pid === undefined || !isAlive(pid)) return this.journal.note(`${kind} ${target}: it is not there`);
    this.journal.counts.faults++;
    this.journal.note(`${kind} ${target}${forMs > 0 ? ` for ${forMs} ms` : ''}`);
    if (kind === 'kill' || kind === 'end') {
      send(pid, SIGNAL[kind]);
      return;
    }
    const until = performance.now() + forMs;
    const over = () => performance.now() >= until || signal.aborted;
    const pauseMs = kind === 'pause' ? forMs : SLOW_STOPPED_MS;
    while (!over() && isAlive(pid)) {
      this.hold(pid);
      await sleep(Math.min(pauseMs, until - performance.now()), undefined, { signal }).catch(() => undefined);
      this.release(pid);
      if (!over()) await sleep(SLOW_RUNNING_MS);
    }
    if (!isAlive(pid)) this.journal.note(`${target} is gone`);
    else if (this.held.get(pid) === 0) this.journal.note(`${target} runs again`);
  }

  private hold(pid: number): void {
    this.held.set(pid, (this.held.get(pid) ?? 0) + 1);
    send(pid, 'SIGSTOP');
  }

  private release(pid: number): void {
    const holders = this.held.get(pid)! - 1;
    this.held.set(pid, holders);
    if (holders === 0) send(pid, 'SIGCONT');
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  // It may have ended between the look and the signal.
  if (isAlive(pid)) process.kill(pid, signal);
}
