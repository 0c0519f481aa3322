import { NODE_LEFT_DELAY_MS } from '@shoal/contracts';

/** Remembers since when members have been missing, by this process's monotonic clock. */
export class DelayedAllocation {
  private readonly missingSince = new Map<string, number>();

  constructor(
    private readonly graceMs = NODE_LEFT_DELAY_MS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns the placed members that are missing, but not for so long that they would lose their place */
  stillExpected(placed: readonly string[], present: readonly string[]): string[] {
    for (const member of this.missingSince.keys()) {
      if (present.includes(member) || !placed.includes(member)) this.missingSince.delete(member);
    }
    const now = this.now();
    return placed.filter((member) => {
      if (present.includes(member)) return false;
      if (!this.missingSince.has(member)) this.missingSince.set(member, now);
      return now - this.missingSince.get(member)! < this.graceMs;
    });
  }
}
