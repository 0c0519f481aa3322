/** State of one replica: requests in flight and a moving average of its latency. Times by the selector's clock. */
interface ReplicaStats {
  outstanding: number;
  averageMs: number;
  /** Time of the last update of the average. */
  updatedAt: number;
  /** Time since which requests are in flight without any response. */
  silentSince: number;
  /** Until this time the replica is selected only when all others are avoided too. */
  avoidUntil: number;
}

/**
 * Time constant by which an observation loses weight, in ms. An average without new observations decays too: otherwise a
 * replica that was slow once would never be selected again, and its recovery would go unnoticed.
 */
const DECAY_MS = 1_500;

/** Expected waits that differ by less than this factor count as equal: following noise would starve one of two equal replicas. */
const SIMILAR_FACTOR = 2;

/**
 * Duration for which a replica is avoided after a rejection, in ms. Long compared to the round trip of a rejection, so that
 * few messages meet an unreachable replica. Short, because an overloaded replica or one that lags recovers quickly.
 */
const AVOID_MS = 250;

/**
 * Selects replicas by the power of two choices: of two random candidates, the one with the shorter expected wait
 * (outstanding work × recent latency). Two random choices come close to the best of all, and avoid the thundering herd on
 * the least loaded replica. Source: Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001. A replica that has just
 * rejected a message is avoided for {@link AVOID_MS}: a rejection is quick and would count as a low latency.
 */
export class ReplicaSelector {
  private readonly statsByReplica = new Map<string, ReplicaStats>();

  /**
   * @param random returns a number in [0, 1)
   * @param now monotonic clock, in ms
   */
  constructor(
    private readonly random: () => number = Math.random,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns one of `all`, or null when it is empty */
  choose(all: readonly string[]): string | null {
    const available = all.filter((replica) => this.statsOf(replica).avoidUntil <= this.now());
    const candidates = available.length > 0 ? available : all;
    if (candidates.length < 2) return candidates[0] ?? null;
    const first = Math.floor(this.random() * candidates.length);
    const other = Math.floor(this.random() * (candidates.length - 1));
    const second = other < first ? other : other + 1;
    const [a, b] = [candidates[first]!, candidates[second]!];
    // `a` is a fair draw, so replicas that are about equal share the work.
    return this.expectedWait(a) < SIMILAR_FACTOR * this.expectedWait(b) ? a : b;
  }

  onSend(replica: string): void {
    const stats = this.statsOf(replica);
    if (stats.outstanding++ === 0) stats.silentSince = this.now();
  }

  /** @param ms time from the request to its response or timeout */
  onComplete(replica: string, ms: number): void {
    const stats = this.statsOf(replica);
    stats.outstanding--;
    const now = this.now();
    stats.silentSince = now;
    const weight = decay(now - stats.updatedAt);
    stats.averageMs = stats.averageMs * weight + ms * (1 - weight);
    stats.updatedAt = now;
  }

  /** Records that the replica declined a request or was unreachable. */
  onRejection(replica: string): void {
    const stats = this.statsOf(replica);
    stats.outstanding--;
    stats.avoidUntil = this.now() + AVOID_MS;
  }

  private expectedWait(replica: string): number {
    const { outstanding, averageMs, updatedAt, silentSince } = this.statsOf(replica);
    const now = this.now();
    // A replica that hangs shows by its silence long before its first timeout.
    const silentMs = outstanding > 0 ? now - silentSince : 0;
    return (outstanding + 1) * (Math.max(averageMs * decay(now - updatedAt), silentMs) + 1);
  }

  private statsOf(replica: string): ReplicaStats {
    let stats = this.statsByReplica.get(replica);
    if (!stats) {
      stats = { outstanding: 0, averageMs: 0, updatedAt: this.now(), silentSince: 0, avoidUntil: 0 };
      this.statsByReplica.set(replica, stats);
    }
    return stats;
  }
}

function decay(elapsedMs: number): number {
  return Math.exp(-elapsedMs / DECAY_MS);
}
