import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { JOB_RESTART_MS } from '@shoal/contracts';
import { FencedOffError } from '@shoal/leader-election';

/** One term of the lease: its fencing token, and the jobs that last as long as it does. */
export class LeadershipTerm {
  private readonly logger = new Logger('term');
  private readonly abort = new AbortController();
  private readonly jobs: Promise<void>[] = [];
  private readonly began = performance.now();

  /**
   * @param held returns whether the lease is still held, by a monotonic clock; called before every step
   * @param onFencedOff called when the log rejected a write because another indexer leads
   */
  constructor(
    readonly token: number,
    private readonly held: () => boolean,
    private readonly onFencedOff: (error: FencedOffError) => void,
  ) {}

  /** Nothing more may be done under this token. */
  get over(): boolean {
    return this.ended || !this.held();
  }

  /** {@link end} was called; the lease may have run out before. */
  get ended(): boolean {
    return this.abort.signal.aborted;
  }

  get ageMs(): number {
    return performance.now() - this.began;
  }

  /** Aborted when the term ends. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Resolves when every job has let go. */
  get finished(): Promise<unknown> {
    return Promise.all(this.jobs);
  }

  end(): void {
    this.abort.abort();
  }

  /** Runs a job until the term ends. A job that fails starts over from the state of the log, not from memory. */
  run(name: string, job: () => Promise<void>): void {
    this.jobs.push(this.repeat(name, job));
  }

  /** @returns false when the term ended meanwhile */
  async pause(ms: number): Promise<boolean> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => {});
    return !this.over;
  }

  private log(name: string, error: unknown): void {
    // A late leader is rejected: that is what the token is for.
    if (error instanceof FencedOffError) this.logger.warn(`${name}: ${error.message}`);
    else this.logger.error(`${name} failed and starts over`, error);
  }

  private async repeat(name: string, job: () => Promise<void>): Promise<void> {
    let said = '';
    while (!this.over) {
      try {
        await job();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        // A lasting failure is logged once, not at every retry.
        if (reason !== said) this.log(name, error);
        said = reason;
        if (error instanceof FencedOffError) this.onFencedOff(error);
        await this.pause(JOB_RESTART_MS);
      }
    }
  }
}
