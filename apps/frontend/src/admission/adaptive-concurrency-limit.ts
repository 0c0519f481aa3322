import { ConcurrencyLimit } from './concurrency-limit.js';

/** Answers are judged together for this long, in ms, or until there are enough of them to say something. */
const WINDOW_MS = 100;
const WINDOW_ANSWERS = 8;
const DECREASE = 0.9;
const INCREASE = 4;

export interface AdaptiveOptions {
  /** Median time of an answer, in ms, beyond which less is let in. */
  targetMs: number;
  initial: number;
  /** Always let in: by them it is seen that times are better again. */
  min: number;
  max: number;
  /** Monotonic clock in ms, replaceable in tests. */
  now?: () => number;
}

/**
 * A bound that finds out by the answers' times how many requests may be under way. More than the servers behind can work
 * on only wait there, each for all others: throughput stays, time grows. So the limit rises step by step while it is used
 * and answers are quick, and falls by a tenth while half of them take longer than the target: additive increase,
 * multiplicative decrease (Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989),
 * as in Netflix' concurrency-limits (`AIMDLimit`). The median is judged and not each answer, as one slow query is no overload.
 */
export class AdaptiveConcurrencyLimit extends ConcurrencyLimit {
  private readonly now: () => number;
  private exact: number;
  private times: number[] = [];
  private windowEnd: number;
  /** Most under way when an answer of this window came. */
  private busiest = 0;

  constructor(private readonly options: AdaptiveOptions) {
    super(options.initial);
    this.exact = options.initial;
    this.now = options.now ?? (() => performance.now());
    this.windowEnd = this.now() + WINDOW_MS;
  }

  /** Records the latency of a request that is still in flight, in ms; Infinity if it failed. */
  answered(ms: number): void {
    this.times.push(ms);
    this.busiest = Math.max(this.busiest, this.inFlight);
    if (this.now() < this.windowEnd || this.times.length < WINDOW_ANSWERS) return;
    this.adapt();
    this.times = [];
    this.busiest = 0;
    this.windowEnd = this.now() + WINDOW_MS;
  }

  private adapt(): void {
    const { targetMs, min, max } = this.options;
    const median = this.times.toSorted((a, b) => a - b)[this.times.length >> 1]!;
    if (median > targetMs) this.exact = Math.max(min, this.exact * DECREASE);
    // An unused limit gives no information about the capacity.
    else if (this.busiest * 2 > this.exact) this.exact = Math.min(max, this.exact + INCREASE);
    this.limit = Math.floor(this.exact);
  }
}
