import { ATTRIBUTE, DOCS_STREAM, messagingAttributes, TRACE_HEADER } from '@shoal/contracts';
import type { StoredRecord } from '@shoal/nats';
import { SpanKind, withSpan } from '@shoal/telemetry';

/** Indexes a record of the log, in a span when the record has a trace context. @throws what `index` throws */
export function traceIndexing(record: StoredRecord, partition: number, index: () => void): void {
  const context = record.header(TRACE_HEADER);
  if (context === undefined) return index();
  const start = {
    kind: SpanKind.CONSUMER,
    attributes: {
      ...messagingAttributes('process', DOCS_STREAM),
      [ATTRIBUTE.partition]: partition,
      [ATTRIBUTE.sequence]: record.sequence,
    },
  };
  withSpan('index document', context, start, index);
}
