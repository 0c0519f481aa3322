/** Uptime after which a process counts as well again, in ms. */
const WELL_AFTER_MS = 30_000;
const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** Backoff before a process is restarted: 100 ms, doubled up to 5 s while it keeps dying young. */
export class Backoff {
  private delay = FIRST_MS;

  /** @param uptimeMs lifetime of the process @returns delay before the restart, in ms */
  next(uptimeMs: number): number {
    if (uptimeMs >= WELL_AFTER_MS) this.delay = FIRST_MS;
    const delay = this.delay;
    this.delay = Math.min(delay * 2, LONGEST_MS);
    return delay;
  }
}
