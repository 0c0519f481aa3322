import { createNoopMeter, type Meter, type MeterProvider } from '@opentelemetry/api';
import { Counter, type Registry } from 'prom-client';

/** What becomes of a span that is to be exported. */
const OUTCOMES = ['sent', 'queue_full', 'failed'];

/** The SDK's own count of what its processor is done with, by OpenTelemetry's conventions for SDK metrics. */
const PROCESSED = 'otel.sdk.processor.span.processed';

/**
 * Shows the SDK's count of exported and lost spans as `shoal_trace_spans_total`; the metric is there, and 0, also when nothing is exported.
 * @returns what the SDK's span processor counts with
 */
export function countSpans(registry: Registry): MeterProvider {
  const spans = new Counter({
    name: 'shoal_trace_spans_total',
    help: 'Spans to be exported: sent, left out as the queue was full, or lost as the collector did not take them',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of OUTCOMES) spans.inc({ outcome }, 0);
  const noop = createNoopMeter();
  const createCounter: Meter['createCounter'] = (name, options) => {
    if (name !== PROCESSED) return noop.createCounter(name, options);
    return {
      add(count, attributes) {
        const error = attributes?.['error.type'];
        const lost = error === 'queue_full' ? 'queue_full' : 'failed';
        spans.inc({ outcome: error === undefined ? 'sent' : lost }, count);
      },
    };
  };
  const meter = Object.assign(Object.create(noop) as Meter, { createCounter });
  return { getMeter: () => meter };
}
