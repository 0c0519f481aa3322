import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';

/** How long a job that failed waits before it starts over, in ms. */
const RESTART_MS = 500;

/** One tenure of the lease: its fencing token, and the jobs that last as long as it does. */
export class Tenure {
  private readonly logger = new Logger('tenure');
  private readonly abort = new AbortController();
  private readonly jobs: Promise<void>[] = [];

  /** @param held whether the lease is still believed in; asked before every step, by a monotonic clock */
  constructor(
    readonly token: number,
    private readonly held: () => boolean,
  ) {}

  /** Nothing more may be done under this token. */
  get over(): boolean {
    return this.ended || !this.held();
  }

  /** {@link end} was called; the lease may have run out before. */
  get ended(): boolean {
    return this.abort.signal.aborted;
  }

  /** Aborted when the tenure ends. */
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

  /** Runs a job until the tenure ends; one that fails starts over, from what the log says and not from memory. */
  run(name: string, job: () => Promise<void>): void {
    this.jobs.push(this.repeat(name, job));
  }

  /** @returns false when the tenure ended meanwhile */
  async pause(ms: number): Promise<boolean> {
    await delay(ms, undefined, { signal: this.signal }).catch(() => {});
    return !this.over;
  }

  private async repeat(name: string, job: () => Promise<void>): Promise<void> {
    while (!this.over) {
      try {
        await job();
      } catch (error) {
        this.logger.error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        await this.pause(RESTART_MS);
      }
    }
  }
}
