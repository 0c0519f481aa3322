import {
  ATTRIBUTE,
  messagingAttributes,
  rootSubject,
  type RootAnswer,
  type RootRequest,
} from '@shoal/contracts';
import {
  activeSpan,
  endSpan,
  failSpan,
  inSpan,
  SpanKind,
  startSpan,
  traceparentOf,
  type Span,
} from '@shoal/telemetry';
import type { AnswerWithHits } from './root-answer.js';
import type { ShardOutcome } from './shard-client.js';

/** Starts a span for each request of a batch at the batch's arrival, so that the span includes time in the queue. */
export class TracedRequests {
  private readonly messaging: Record<string, string>;

  constructor(root: string) {
    this.messaging = messagingAttributes('process', rootSubject.query(root));
  }

  /**
   * Runs the work on a request in a span, and sets the span's attributes from the answer.
   * @param work receives the request with the trace context of the span
   */
  async run<R extends RootRequest>(
    request: R,
    { arrivedAt, queueMs }: { arrivedAt: number; queueMs: number },
    work: (request: R) => Promise<AnswerWithHits>,
  ): Promise<AnswerWithHits> {
    const { kind, traceparent } = request;
    const span = startSpan(`root ${kind}`, traceparent, {
      kind: SpanKind.SERVER,
      startedAt: arrivedAt,
      attributes: { ...this.messaging, [ATTRIBUTE.kind]: kind, [ATTRIBUTE.queueMs]: queueMs },
    });
    const answered = await inSpan(span, () => work({ ...request, traceparent: traceparentOf(span) }));
    describe(span, kind, answered.answer);
    endSpan(span);
    return answered;
  }
}

/**
 * Records in the request's span which shards did not answer. Attempts do not show them all: a shard without live members
 * receives no attempt.
 */
export function recordMissingShards(outcomes: readonly ShardOutcome[]): void {
  const missing = outcomes.filter(({ outcome }) => outcome !== 'answered').map(({ target }) => target);
  if (missing.length > 0) activeSpan().setAttribute(ATTRIBUTE.shardsMissing, missing);
}

/** Sets the attributes by which an operator finds a slow or degraded answer. */
function describe(span: Span, kind: RootRequest['kind'], answer: RootAnswer): void {
  if (!span.isRecording()) return;
  if (answer.status === 503) failSpan(span, 'unavailable', answer.detail);
  const { coverage, epoch, statisticsVersion } = answer;
  span.setAttributes({
    [ATTRIBUTE.epoch]: epoch,
    [ATTRIBUTE.degraded]: coverage.degraded,
    [ATTRIBUTE.shards]: coverage.shards.total,
    [ATTRIBUTE.shardsAnswered]: coverage.shards.answered,
  });
  // A completion uses no statistics.
  if (kind === 'search') {
    span.setAttributes({
      [ATTRIBUTE.statisticsVersion]: statisticsVersion,
      [ATTRIBUTE.searched]: coverage.documents.searched,
    });
  }
}
