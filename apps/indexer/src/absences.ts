import { NODE_LEFT_DELAY_MS } from '@shoal/contracts';

/** Remembers since when members have been missing, by this process's monotonic clock. */
export class Absences {
  private readonly since = new Map<string, number>();

  constructor(
    private readonly graceMs = NODE_LEFT_DELAY_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns the placed members that are missing, but not for so long that they would lose their place */
  returning(placed: readonly string[], present: readonly string[]): string[] {
    for (const member of this.since.keys()) {
      if (present.includes(member) || !placed.includes(member)) this.since.delete(member);
    }
    const now = this.now();
    return placed.filter((member) => {
      if (present.includes(member)) return false;
      if (!this.since.has(member)) this.since.set(member, now);
      return now - this.since.get(member)! < this.graceMs;
    });
  }
}
