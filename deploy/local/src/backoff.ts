/** Uptime after which a process counts as well again, in ms. */
const WELL_AFTER_MS = 30_000;
const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** How long to wait before a process is started again: 100 ms, doubling to 5 s while it keeps dying young. */
export class Backoff {
  private delay = FIRST_MS;

  /** @param uptimeMs how long the process lived @returns ms to wait */
  next(uptimeMs: number): number {
    if (uptimeMs >= WELL_AFTER_MS) this.delay = FIRST_MS;
    const delay = this.delay;
    this.delay = Math.min(delay * 2, LONGEST_MS);
    return delay;
  }
}
