export interface FloodLimits {
  /** Events of one kind that pass in one window. */
  events: number;
  windowMs: number;
}

/** Lets so many events of each kind pass in a window of time, and counts the others. Keeps a few bytes for each kind. */
export class FloodGate {
  private readonly kinds = new Map<string, { since: number; passed: number; heldBack: number }>();

  /** @param now milliseconds of a clock that never goes back */
  constructor(
    private readonly limits: FloodLimits,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns null when the event is to be held back; else how many of its kind were since the last one that passed */
  admit(kind: string): number | null {
    const now = this.now();
    let seen = this.kinds.get(kind);
    if (!seen) this.kinds.set(kind, (seen = { since: now, passed: 0, heldBack: 0 }));
    if (now - seen.since >= this.limits.windowMs) Object.assign(seen, { since: now, passed: 0 });
    if (seen.passed === this.limits.events) {
      seen.heldBack++;
      return null;
    }
    seen.passed++;
    const { heldBack } = seen;
    seen.heldBack = 0;
    return heldBack;
  }
}
