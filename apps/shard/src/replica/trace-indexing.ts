import { ATTRIBUTE, DOCS_STREAM, messagingAttributes, TRACE_HEADER } from '@shoal/contracts';
import type { StoredRecord } from '@shoal/nats';
import { endSpan, failSpanBy, SpanKind, startSpan } from '@shoal/telemetry';

/** Indexes a record of the log, with a span when it bears a trace context: most bear none, and cost nothing. @throws what `index` throws */
export function traceIndexing(record: StoredRecord, partition: number, index: () => void): void {
  const context = record.header(TRACE_HEADER);
  if (context === undefined) return index();
  const span = startSpan('index document', context, {
    kind: SpanKind.CONSUMER,
    attributes: {
      ...messagingAttributes('process', DOCS_STREAM),
      [ATTRIBUTE.partition]: partition,
      [ATTRIBUTE.sequence]: record.sequence,
    },
  });
  try {
    index();
  } catch (error) {
    failSpanBy(span, error);
    throw error;
  } finally {
    endSpan(span);
  }
}
