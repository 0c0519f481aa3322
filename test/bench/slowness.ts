import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster } from '../cluster/cluster.ts';
import { isAlive } from '../cluster/running-cluster.ts';

/** Makes processes slow by stopping them again and again: each gets `runMs` of every `stopMs + runMs`. */
export class Slowness {
  private readonly pids: number[];
  private readonly stopMs: number;
  private readonly runMs: number;
  private readonly over = new AbortController();
  private turns: Promise<void> = Promise.resolve();

  /** @param stopMs Infinity: paused all the time */
  constructor(cluster: Cluster, names: readonly string[], stopMs: number, runMs: number) {
    this.pids = names.map((name) => cluster.process(name).pid);
    this.stopMs = stopMs;
    this.runMs = runMs;
  }

  begin(): void {
    this.turns = this.take();
  }

  async end(): Promise<void> {
    this.over.abort();
    await this.turns;
    this.signal('SIGCONT');
  }

  private async take(): Promise<void> {
    while (!this.over.signal.aborted) {
      this.signal('SIGSTOP');
      // A timer takes no Infinity; a phase is shorter than an hour.
      await this.wait(Math.min(this.stopMs, 3_600_000));
      this.signal('SIGCONT');
      await this.wait(this.runMs);
    }
  }

  private wait(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.over.signal }).catch(() => undefined);
  }

  private signal(signal: NodeJS.Signals): void {
    for (const pid of this.pids) if (isAlive(pid)) process.kill(pid, signal);
  }
}
