import type { MuxReply } from '@shoal/nats';
import { type Leg, LegAttempt } from './leg.js';
import type { AttemptOutcome, AttemptReason, ScatterObserver } from './observer.js';
import type { DispatchContext } from './protocol.js';

type Seen<Q> = ReturnType<ScatterObserver<Q>['onSend']>;

/** One message to one replica, with the legs that were open when it left. */
export class InFlightBatch<Q, R> {
  /** What the observer made of each leg; empty without one. */
  private readonly observed: Seen<Q>[];
  private readonly attempts: LegAttempt[];

  constructor(
    private readonly shard: number,
    private readonly replica: string,
    private readonly legs: readonly Leg<Q, R>[],
    private readonly means: DispatchContext<Q, R>,
    reason: AttemptReason,
  ) {
    const { observer } = means;
    this.observed = observer
      ? legs.map(({ query }) => observer.onSend({ target: shard, replica, reason, query }))
      : [];
    this.attempts = legs.map((leg) => {
      const attempt = new LegAttempt(replica, reason);
      leg.replica = replica;
      leg.attempts.push(attempt);
      return attempt;
    });
  }

  /** What is sent, with the time each query has left at that moment (`performance.now()`). */
  queries(sent: number): { query: Q; budgetMs: number }[] {
    return this.legs.map(({ query, deadline }, index) => ({
      query: this.observed[index]?.query ?? query,
      budgetMs: Math.max(0, deadline - sent),
    }));
  }

  /** @returns why another replica must be asked, or null when all legs have their outcome */
  settle(reply: MuxReply, roundTripMs: number): string | null {
    if ('unreachable' in reply) return this.rejected(reply.unreachable);
    const answer = this.read(reply.payload);
    if ('rejected' in answer) return this.rejected(answer.rejected);
    const { replica } = this;
    this.legs.forEach((leg, index) => {
      const result = answer.results[index] ?? null;
      const isLate = leg.settled;
      if (result === null) leg.settle({ outcome: 'timedOut', replica, roundTripMs });
      else leg.settle({ outcome: 'answered', replica, result, roundTripMs });
      this.ended(index, result === null ? 'expired' : isLate ? 'late' : 'answered');
    });
    return null;
  }

  /** Nobody waits for the reply any more. */
  timedOut(): void {
    this.legs.forEach((_, index) => this.ended(index, 'timedOut'));
  }

  /** @returns the reason */
  rejected(reason: string): string {
    this.legs.forEach((_, index) => this.ended(index, 'rejected', reason));
    return reason;
  }

  private ended(index: number, outcome: AttemptOutcome, detail?: string): void {
    this.observed[index]?.ended(outcome, detail);
    this.attempts[index]?.end(outcome, detail);
  }

  private read(payload: string): { results: (R | null)[] } | { rejected: string } {
    try {
      return this.means.protocol.decode(payload, this.shard);
    } catch (error) {
      return { rejected: error instanceof Error ? error.message : String(error) };
    }
  }
}
