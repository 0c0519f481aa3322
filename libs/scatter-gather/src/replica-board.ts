/** What is known of one replica: requests under way and a moving average of its latency. */
interface Standing {
  outstanding: number;
  averageMs: number;
  /** When the average was last right, by the board's clock. */
  at: number;
}

/**
 * How fast an observation loses weight, in ms. An average that nobody renews fades too: otherwise a replica that was slow
 * once, or a little slower than its twin, would never be asked again and never be seen to be well.
 */
const FADE_MS = 1_500;

/** Waits that differ by less than this factor count as equal: the rest is noise, and to follow it starves one of two twins. */
const SIMILAR = 2;

/**
 * Chooses replicas by the power of two choices: of two candidates drawn at random the one with the smaller expected
 * wait (outstanding work × recent latency). Two random choices come close to the best of all, without the herd that
 * follows when everybody picks the one least-loaded replica (Mitzenmacher, "The Power of Two Choices in Randomized
 * Load Balancing", 2001).
 */
export class ReplicaBoard {
  private readonly standings = new Map<string, Standing>();

  /** @param now monotonic clock in ms; like `random` replaceable in tests */
  constructor(
    private readonly random: () => number = Math.random,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns one of `candidates`, or null when there is none */
  choose(candidates: readonly string[]): string | null {
    if (candidates.length < 2) return candidates[0] ?? null;
    const first = Math.floor(this.random() * candidates.length);
    const other = Math.floor(this.random() * (candidates.length - 1));
    const second = other < first ? other : other + 1;
    const [a, b] = [candidates[first]!, candidates[second]!];
    // `a` is itself a fair draw: two that are about equal share the work.
    return this.expectedWait(a) < SIMILAR * this.expectedWait(b) ? a : b;
  }

  began(replica: string): void {
    this.standing(replica).outstanding++;
  }

  /** @param ms how long it took, or how long it has been waited for in vain */
  ended(replica: string, ms: number): void {
    const standing = this.standing(replica);
    standing.outstanding--;
    const now = this.now();
    const kept = fade(now - standing.at);
    standing.averageMs = standing.averageMs * kept + ms * (1 - kept);
    standing.at = now;
  }

  private expectedWait(replica: string): number {
    const { outstanding, averageMs, at } = this.standing(replica);
    return (outstanding + 1) * (averageMs * fade(this.now() - at) + 1);
  }

  private standing(replica: string): Standing {
    let standing = this.standings.get(replica);
    if (!standing) this.standings.set(replica, (standing = { outstanding: 0, averageMs: 0, at: this.now() }));
    return standing;
  }
}

function fade(elapsedMs: number): number {
  return Math.exp(-elapsedMs / FADE_MS);
}
