import type { Leg, LegOutcome } from './leg.js';

/** The legs of one query and its one timer. */
export class Gather<Q, R> {
  readonly legs: Leg<Q, R>[];
  private readonly outcomes: LegOutcome<R>[] = [];
  private readonly timer: NodeJS.Timeout;
  private open: number;

  constructor(
    parts: { shard: number; query: Q }[],
    budgetMs: number,
    private readonly done: (outcomes: LegOutcome<R>[]) => void,
  ) {
    const started = performance.now();
    const deadline = started + budgetMs;
    this.open = parts.length;
    this.legs = parts.map(({ shard, query }, index) => this.leg(shard, query, deadline, index));
    this.timer = setTimeout(() => this.expire(started), budgetMs);
    if (this.open === 0) this.finish();
  }

  private leg(shard: number, query: Q, deadline: number, index: number): Leg<Q, R> {
    const outcomes = this.outcomes;
    const self: Leg<Q, R> = {
      target: shard,
      query,
      deadline,
      replica: null,
      hedged: false,
      attempts: [],
      get settled() {
        return outcomes[index] !== undefined;
      },
      settle: (outcome) => {
        if (outcomes[index]) return;
        outcomes[index] = { target: shard, hedged: self.hedged, attempts: self.attempts, ...outcome };
        if (--this.open === 0) this.finish();
      },
    };
    return self;
  }

  private expire(started: number): void {
    const roundTripMs = performance.now() - started;
    for (const leg of this.legs.filter(({ settled }) => !settled)) {
      for (const attempt of leg.attempts) attempt.end('timedOut');
      leg.settle({ outcome: 'timedOut', replica: leg.replica, roundTripMs });
    }
  }

  private finish(): void {
    clearTimeout(this.timer);
    this.done(this.outcomes);
  }
}
