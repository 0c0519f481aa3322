import type { RequestMux } from '@shoal/nats';
import { TurnBatcher } from './batcher.js';
import { Dispatch } from './dispatch.js';
import type { HedgePolicy } from './hedging.js';
import { Leg, type LegOutcome } from './leg.js';
import type { DispatchContext, ScatterObserver, TargetProtocol } from './protocol.js';
import type { ReplicaSelector } from './replica-selector.js';
import { retryBudget, type RetryPolicy } from './retry-budget.js';

/**
 * Scatter/gather (Burns, *Designing Distributed Systems*, chapter "Scatter/Gather"). Sends a query to one replica of each
 * target and waits until all targets have responded or the deadline has passed. Queries of one event-loop turn share one
 * message per target. Each query has one timer, whatever the number of targets.
 */
export class Scatter<Q, R> {
  private readonly context: DispatchContext<Q, R>;
  private readonly batchers = new Map<number, TurnBatcher<Leg<Q, R>>>();

  /**
   * @param hedging decides when a slow replica is hedged; null disables hedges and retries after a timeout
   * @param retries pays for retries
   * @param observer receives every attempt, for tracing
   */
  constructor(
    mux: RequestMux,
    selector: ReplicaSelector,
    protocol: TargetProtocol<Q, R>,
    hedging: HedgePolicy | null = null,
    retries: RetryPolicy = retryBudget(),
    observer: ScatterObserver<Q> | null = null,
  ) {
    this.context = { mux, selector, protocol, hedging, retries, observer };
  }

  /**
   * Gathers one outcome per part of a query. Never rejects: the failure of a target is its outcome and affects no other target.
   * @param parts the query for each target
   * @param budgetMs time until the deadline, in ms; a target without a response at the deadline is `timedOut`
   * @returns the outcomes in the order of `parts`
   */
  gather(parts: { target: number; query: Q }[], budgetMs: number): Promise<LegOutcome<R>[]> {
    return new Promise((resolve) => {
      const { legs } = new Gather<Q, R>(parts, budgetMs, resolve);
      for (const leg of legs) this.batcherOf(leg.target).add(leg);
    });
  }

  private batcherOf(target: number): TurnBatcher<Leg<Q, R>> {
    let batcher = this.batchers.get(target);
    if (!batcher) {
      const { protocol } = this.context;
      batcher = new TurnBatcher(
        (legs) => new Dispatch(target, legs, this.context).start(),
        protocol.maxWeight,
        (leg) => protocol.weigh(leg.query),
      );
      this.batchers.set(target, batcher);
    }
    return batcher;
  }
}

/** Legs of one query, and the timer of its deadline. */
class Gather<Q, R> {
  readonly legs: readonly Leg<Q, R>[];
  private readonly startedAt = performance.now();
  private readonly timer: NodeJS.Timeout;
  private openLegs: number;

  constructor(
    parts: { target: number; query: Q }[],
    budgetMs: number,
    private readonly resolve: (outcomes: LegOutcome<R>[]) => void,
  ) {
    const deadline = this.startedAt + budgetMs;
    const onSettled = () => this.onSettled();
    this.openLegs = parts.length;
    this.legs = parts.map(({ target, query }) => new Leg<Q, R>(target, query, deadline, onSettled));
    this.timer = setTimeout(() => this.expire(), budgetMs);
    if (parts.length === 0) this.finish();
  }

  private expire(): void {
    const roundTripMs = performance.now() - this.startedAt;
    for (const leg of this.legs) leg.timeOut(roundTripMs);
  }

  private onSettled(): void {
    if (--this.openLegs === 0) this.finish();
  }

  private finish(): void {
    clearTimeout(this.timer);
    this.resolve(this.legs.map(({ outcome }) => outcome!));
  }
}
