/** What is known of one replica: requests under way and a moving average of its latency. */
interface ReplicaStats {
  outstanding: number;
  averageMs: number;
  /** When the average was last right, by the board's clock. */
  at: number;
  /** Since when it owes an answer without having given any. */
  silentSince: number;
  /** Until then it is asked only when all others are avoided too. */
  avoidUntil: number;
}

/**
 * How fast an observation loses weight, in ms. An average that nobody renews fades too: otherwise a replica that was slow
 * once, or a little slower than its twin, would never be asked again and never be seen to be well.
 */
const FADE_MS = 1_500;

/** Waits that differ by less than this factor count as equal: the rest is noise, and to follow it starves one of two twins. */
const SIMILAR = 2;

/**
 * How long a replica that could not answer is left alone, in ms. Long against the time in which the first rejection comes back, so
 * that few messages meet one that is gone; short, because it may be well again (it was full, or behind, for a moment).
 */
const AVOID_MS = 250;

/**
 * Chooses replicas by the power of two choices: of two candidates drawn at random the one with the smaller expected
 * wait (outstanding work × recent latency). Two random choices come close to the best of all, without the herd that
 * follows when everybody picks the one least-loaded replica (Mitzenmacher, "The Power of Two Choices in Randomized
 * Load Balancing", 2001). One that has just rejected is avoided for a moment: a rejection is quick, and would pass for speed.
 */
export class ReplicaSelector {
  private readonly stats = new Map<string, ReplicaStats>();

  /** @param now monotonic clock in ms; like `random` replaceable in tests */
  constructor(
    private readonly random: () => number = Math.random,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns one of `all`, or null when there is none */
  choose(all: readonly string[]): string | null {
    const willing = all.filter((replica) => this.statsOf(replica).avoidUntil <= this.now());
    const candidates = willing.length > 0 ? willing : all;
    if (candidates.length < 2) return candidates[0] ?? null;
    const first = Math.floor(this.random() * candidates.length);
    const other = Math.floor(this.random() * (candidates.length - 1));
    const second = other < first ? other : other + 1;
    const [a, b] = [candidates[first]!, candidates[second]!];
    // `a` is itself a fair draw: two that are about equal share the work.
    return this.expectedWait(a) < SIMILAR * this.expectedWait(b) ? a : b;
  }

  onSend(replica: string): void {
    const standing = this.statsOf(replica);
    if (standing.outstanding++ === 0) standing.silentSince = this.now();
  }

  /** @param ms how long it took, or how long it has been waited for in vain */
  onComplete(replica: string, ms: number): void {
    const standing = this.statsOf(replica);
    standing.outstanding--;
    const now = this.now();
    standing.silentSince = now;
    const kept = fade(now - standing.at);
    standing.averageMs = standing.averageMs * kept + ms * (1 - kept);
    standing.at = now;
  }

  /** It could not answer at all. */
  onRejection(replica: string): void {
    const standing = this.statsOf(replica);
    standing.outstanding--;
    standing.avoidUntil = this.now() + AVOID_MS;
  }

  private expectedWait(replica: string): number {
    const { outstanding, averageMs, at, silentSince } = this.statsOf(replica);
    const now = this.now();
    // One that hangs is known by its silence long before a wait for it ends.
    const silentMs = outstanding > 0 ? now - silentSince : 0;
    return (outstanding + 1) * (Math.max(averageMs * fade(now - at), silentMs) + 1);
  }

  private statsOf(replica: string): ReplicaStats {
    let standing = this.stats.get(replica);
    if (!standing) {
      standing = { outstanding: 0, averageMs: 0, at: this.now(), silentSince: 0, avoidUntil: 0 };
      this.stats.set(replica, standing);
    }
    return standing;
  }
}

function fade(elapsedMs: number): number {
  return Math.exp(-elapsedMs / FADE_MS);
}
