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

/** A query that says which trace it belongs to. */
interface Traced {
  kind: string;
  traceparent: string;
}

const VERB: Record<AttemptReason, string> = { first: 'ask', retry: 'retry', hedge: 'hedge' };

/** Whoever reads a trace looks for these first. */
const FAILED: Partial<Record<AttemptOutcome, string>> = {
  expired: 'expired',
  timedOut: 'timeout',
  rejected: 'rejected',
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
