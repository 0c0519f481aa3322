/** What is known of one replica: requests under way and a moving average of its latency. */
interface Standing {
  outstanding: number;
  averageMs: number;
}

// The weight of the newest observation: recent enough to see a replica turn slow within a few dozen answers.
const SMOOTHING = 0.1;

/**
 * Chooses replicas by the power of two choices: of two candidates drawn at random the one with the smaller expected
 * wait (outstanding work × recent latency). Two random choices come close to the best of all, without the herd that
 * follows when everybody picks the one least-loaded replica (Mitzenmacher, "The Power of Two Choices in Randomized
 * Load Balancing", 2001).
 */
export class ReplicaBoard {
  private readonly standings = new Map<string, Standing>();

  constructor(private readonly random: () => number = Math.random) {}

  /** @returns one of `candidates`, or null when there is none */
  choose(candidates: readonly string[]): string | null {
    if (candidates.length < 2) return candidates[0] ?? null;
    const first = Math.floor(this.random() * candidates.length);
    const other = Math.floor(this.random() * (candidates.length - 1));
    const second = other < first ? other : other + 1;
    const [a, b] = [candidates[first]!, candidates[second]!];
    return this.expectedWait(a) <= this.expectedWait(b) ? a : b;
  }

  began(replica: string): void {
    this.standing(replica).outstanding++;
  }

  /** @param ms how long it took, or how long it has been waited for in vain */
  ended(replica: string, ms: number): void {
    const standing = this.standing(replica);
    standing.outstanding--;
    standing.averageMs += SMOOTHING * (ms - standing.averageMs);
  }

  private expectedWait(replica: string): number {
    const { outstanding, averageMs } = this.standing(replica);
    return (outstanding + 1) * (averageMs + 1);
  }

  private standing(replica: string): Standing {
    let standing = this.standings.get(replica);
    if (!standing) this.standings.set(replica, (standing = { outstanding: 0, averageMs: 0 }));
    return standing;
  }
}
