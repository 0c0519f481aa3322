import {
  ATTRIBUTE,
  messagingAttributes,
  rootSubject,
  type RootAnswer,
  type RootRequest,
} from '@shoal/contracts';
import { endSpan, failSpan, inSpan, SpanKind, startSpan, traceparentOf, type Span } from '@shoal/telemetry';
import type { Answered } from './search.service.js';

/** A span for each request of a batch, from the batch's arrival on, so that time in the queue counts. */
export class TracedRequests {
  private readonly messaging: Record<string, string>;

  constructor(root: string) {
    this.messaging = messagingAttributes('process', rootSubject.query(root));
  }

  /** Runs the work on a request in its span, and describes the answer there. @param work receives the request with the span's trace context */
  async run<R extends RootRequest>(
    request: R,
    { arrivedAt, queueMs }: { arrivedAt: number; queueMs: number },
    work: (request: R) => Promise<Answered>,
  ): Promise<Answered> {
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

/** Sets what an operator looks for in a slow or incomplete answer. */
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
