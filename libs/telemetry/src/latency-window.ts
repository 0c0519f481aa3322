const SHORTEST_MS = 0.01;
const LONGEST_MS = 100_000;
const GROWTH = 1.05;
const LOG_GROWTH = Math.log(GROWTH);
// Bucket b holds (SHORTEST·GROWTH^(b-1), SHORTEST·GROWTH^b]; bucket 0 all that is shorter.
const BUCKETS = Math.ceil(Math.log(LONGEST_MS / SHORTEST_MS) / LOG_GROWTH) + 1;

/** Largest relative error of {@link LatencyWindow.quantile} for times from 0.01 ms to 100 s. */
export const QUANTILE_ERROR = Math.sqrt(GROWTH) - 1;

/**
 * Request rate and latency quantiles over the last seconds, in fixed memory whatever the load: a ring of histograms, one per
 * slot of time, with log-spaced buckets as in HdrHistogram (Tene) and DDSketch (Masson et al., VLDB 2019). The sum
 * of all slots is kept up to date, so that neither writing nor reading depends on the number of slots.
 */
export class LatencyWindow {
  private readonly slots: Uint32Array[];
  private readonly sum = new Uint32Array(BUCKETS);
  private readonly slotMs: number;
  private readonly now: () => number;
  private readonly startedAt: number;
  private count = 0;
  /** Number of the newest slot, counted from the clock's zero. */
  private newest: number;

  /** @param options.now monotonic clock in ms, replaceable in tests */
  constructor(options: { windowMs?: number; slotMs?: number; now?: () => number } = {}) {
    const { windowMs = 10_000, slotMs = 1_000, now = () => performance.now() } = options;
    this.slotMs = slotMs;
    this.now = now;
    this.slots = Array.from({ length: Math.ceil(windowMs / slotMs) }, () => new Uint32Array(BUCKETS));
    this.startedAt = now();
    this.newest = Math.floor(this.startedAt / slotMs);
  }

  /** Records one request that took `ms`. */
  record(ms: number): void {
    this.evictOld();
    const bucket = bucketOf(ms);
    const slot = this.slots[this.newest % this.slots.length]!;
    slot[bucket]!++;
    this.sum[bucket]!++;
    this.count++;
  }

  /** Requests per second over the window, or over the time since the start (at least 1 s) while that is shorter. */
  get queriesPerSecond(): number {
    const now = this.evictOld();
    const oldest = (this.newest - this.slots.length + 1) * this.slotMs;
    const spanMs = Math.max(now - Math.max(oldest, this.startedAt), 1_000);
    return (this.count * 1_000) / spanMs;
  }

  /**
   * Returns the time in ms within which the fraction `q` (0..1) of the window's requests were done, 0 when there were none. It deviates
   * from the nearest-rank quantile by at most {@link QUANTILE_ERROR} of its value.
   */
  quantile(q: number): number {
    this.evictOld();
    if (this.count === 0) return 0;
    const rank = Math.max(1, Math.ceil(q * this.count));
    let seen = 0;
    let bucket = -1;
    while (seen < rank) seen += this.sum[++bucket]!;
    // The geometric middle is equally far, relatively, from both ends of the bucket.
    return SHORTEST_MS * GROWTH ** (bucket === 0 ? 0 : bucket - 0.5);
  }

  private evictOld(): number {
    const now = this.now();
    const current = Math.floor(now / this.slotMs);
    const expired = Math.min(current - this.newest, this.slots.length);
    for (let step = 1; step <= expired; step++)
      this.clear(this.slots[(this.newest + step) % this.slots.length]!);
    this.newest = current;
    return now;
  }

  private clear(slot: Uint32Array): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.sum[bucket]! -= slot[bucket]!;
      this.count -= slot[bucket]!;
    }
    slot.fill(0);
  }
}

function bucketOf(ms: number): number {
  if (!(ms > SHORTEST_MS)) return 0;
  return Math.min(Math.ceil(Math.log(ms / SHORTEST_MS) / LOG_GROWTH), BUCKETS - 1);
}
