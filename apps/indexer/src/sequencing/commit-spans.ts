import { ATTRIBUTE, INTAKE_STREAM, MESSAGE_COUNT, messagingAttributes, TRACE_HEADER } from '@shoal/contracts';
import { endSpan, failSpanBy, SpanKind, startSpan, traceparentOf, type Span } from '@shoal/telemetry';
import type { Intake } from './intake-decoder.js';

/** A span for each message of a commit that is traced: each belongs to the trace of its own request, and all take as long as the commit. */
export class CommitSpans {
  private readonly spans = new Map<number, Span>();

  constructor(group: readonly Intake[]) {
    for (const { sequence, writes, traceparent } of group) {
      if (traceparent === undefined) continue;
      const span = startSpan('sequence INTAKE', traceparent, {
        kind: SpanKind.CONSUMER,
        attributes: {
          ...messagingAttributes('process', INTAKE_STREAM),
          [MESSAGE_COUNT]: group.length,
          [ATTRIBUTE.sequence]: sequence,
          [ATTRIBUTE.writes]: writes.length,
        },
        links: group.filter((other) => other.sequence !== sequence).map((other) => other.traceparent),
      });
      this.spans.set(sequence, span);
    }
  }

  /**
   * For the records of a message: the replicas that index them go on with its trace. Not for those of an upload, which would fill
   * its trace with a span for each document and replica.
   */
  headersOf({ sequence, writes }: Intake): Record<string, string> {
    const span = this.spans.get(sequence);
    if (!span || writes.length > 1) return {};
    return { [TRACE_HEADER]: traceparentOf(span) };
  }

  end(): void {
    for (const span of this.spans.values()) endSpan(span);
  }

  fail(error: unknown): void {
    for (const span of this.spans.values()) failSpanBy(span, error);
    this.end();
  }
}
