import { ATTRIBUTE, messagingAttributes } from '@shoal/contracts';
import type {
  Attempt,
  AttemptOutcome,
  AttemptReason,
  LegOutcome,
  ScatterObserver,
} from '@shoal/scatter-gather';
import {
  activeSpan,
  endSpan,
  failSpan,
  isExported,
  isSampled,
  SpanKind,
  startSpan,
  traceparentOf,
  whenKept,
  type Span,
} from '@shoal/telemetry';

/** A query that says which trace it belongs to. */
interface Traced {
  kind: string;
  traceparent: string;
}

const VERB: Record<AttemptReason, string> = { first: 'ask', retry: 'retry', hedge: 'hedge' };

/** Whoever reads a trace looks for these first. */
const FAILED: Partial<Record<AttemptOutcome | 'waiting', string>> = {
  expired: 'expired',
  timedOut: 'timeout',
  refused: 'refused',
};

/** A span for every attempt to get a query answered, hedges and retries among them, also those that lost. What is sent carries its context. */
export class TracedAttempts<Q extends Traced> implements ScatterObserver<Q> {
  /**
   * @param target what is asked: `root` or `shard`; which one of them, the attributes say
   * @param subject on which a replica is asked
   */
  constructor(
    private readonly target: string,
    private readonly subject: (replica: string) => string,
    private readonly attributes: (attempt: Attempt<Traced>) => Record<string, string | number>,
  ) {}

  began(attempt: Attempt<Q>): { query: Q; ended(outcome: AttemptOutcome, detail?: string): void } {
    const { query } = attempt;
    if (!isSampled(query.traceparent)) return { query, ended: () => {} };
    const span = this.start(attempt);
    return {
      query: { ...query, traceparent: traceparentOf(span) },
      ended: (outcome, detail) => end(span, outcome, detail),
    };
  }

  /**
   * The same of a request that is not sampled, made afterwards if it turns out to be worth keeping. Call it when its answer is there.
   * @param tell what an answer says of the work for it, which has no span of its own then
   */
  remember<R>(
    kind: string,
    outcomes: readonly LegOutcome<R>[],
    tell: (result: R) => Record<string, number> = () => ({}),
  ): void {
    const request = activeSpan();
    if (isExported(request)) return;
    whenKept(request, () => {
      const query = { kind, traceparent: traceparentOf(request) };
      for (const { shard, attempts, result } of outcomes)
        for (const { replica, reason, began, ended, outcome, detail } of attempts) {
          const span = this.start({ shard, replica, reason, query }, began);
          if (outcome === 'answered' && result !== undefined) span.setAttributes(tell(result));
          end(span, outcome ?? 'waiting', detail, ended);
        }
    });
  }

  private start(attempt: Attempt<Traced>, startedAt?: number): Span {
    const { replica, reason, query } = attempt;
    return startSpan(`${VERB[reason]} ${this.target}`, query.traceparent, {
      kind: SpanKind.CLIENT,
      ...(startedAt === undefined ? {} : { startedAt }),
      attributes: {
        ...messagingAttributes('request', this.subject(replica)),
        ...this.attributes(attempt),
        [ATTRIBUTE.kind]: query.kind,
        [ATTRIBUTE.attempt]: reason,
        [ATTRIBUTE.hedged]: reason === 'hedge',
      },
    });
  }
}

function end(
  span: Span,
  outcome: AttemptOutcome | 'waiting',
  detail?: string,
  endedAt?: number | null,
): void {
  span.setAttribute(ATTRIBUTE.outcome, outcome);
  const failed = FAILED[outcome];
  if (failed) failSpan(span, failed, detail);
  endSpan(span, endedAt ?? undefined);
}
