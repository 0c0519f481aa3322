import { ATTRIBUTE, messagingAttributes } from '@shoal/contracts';
import type { Attempt, AttemptOutcome, AttemptReason, ScatterObserver } from '@shoal/scatter-gather';
import {
  endSpan,
  failSpan,
  isSampled,
  SpanKind,
  startSpan,
  traceparentOf,
  type Span,
} from '@shoal/telemetry';

/** A query with the trace context of its request. */
interface Traced {
  kind: string;
  traceparent: string;
}

const VERB: Record<AttemptReason, string> = { first: 'query', retry: 'retry', hedge: 'hedge' };

/** Outcomes that a reader of a trace looks for first. */
const FAILED: Partial<Record<AttemptOutcome, string>> = {
  expired: 'expired',
  timedOut: 'timeout',
  rejected: 'rejected',
};

/** Makes a span for every attempt, hedges, retries and losers included. The query that is sent carries the span's context. */
export class TracedAttempts<Q extends Traced> implements ScatterObserver<Q> {
  /**
   * @param target kind of the target, `root` or `shard`; the attributes name the instance
   * @param subject returns the subject of a replica
   */
  constructor(
    private readonly target: string,
    private readonly subject: (replica: string) => string,
    private readonly attributes: (attempt: Attempt<Traced>) => Record<string, string | number>,
  ) {}

  onSend(attempt: Attempt<Q>): { query: Q; ended(outcome: AttemptOutcome, detail?: string): void } {
    const { query } = attempt;
    if (!isSampled(query.traceparent)) return { query, ended: () => {} };
    const span = this.start(attempt);
    return {
      query: { ...query, traceparent: traceparentOf(span) },
      ended: (outcome, detail) => end(span, outcome, detail),
    };
  }

  private start(attempt: Attempt<Q>): Span {
    const { replica, reason, query } = attempt;
    return startSpan(`${VERB[reason]} ${this.target}`, query.traceparent, {
      kind: SpanKind.CLIENT,
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

function end(span: Span, outcome: AttemptOutcome, detail?: string): void {
  span.setAttribute(ATTRIBUTE.outcome, outcome);
  const failed = FAILED[outcome];
  if (failed) failSpan(span, failed, detail);
  endSpan(span);
}
