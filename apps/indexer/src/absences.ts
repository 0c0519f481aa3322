/** How long a silent member keeps its place: a restart is cheaper to wait for than a replay elsewhere. */
export const RETURN_GRACE_MS = 10_000;

/** Remembers since when members have been missing, by this process's monotonic clock. */
export class Absences {
  private readonly since = new Map<string, number>();

  constructor(
    private readonly graceMs = RETURN_GRACE_MS,
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
