import type { MeterProvider } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { EXPORT_MS, sayWhatIsLost } from './export-loss.js';
import type { Identity } from './identity.js';
import { resourceOf } from './resource.js';
import { headSampler } from './sampling.js';

/** Spans that wait for the exporter; what comes on top is dropped. */
const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
/** How long a span waits for company, in ms. */
const BATCH_MS = 1_000;

export interface TracingOptions extends Identity {
  /** Whether clients call this process: their `sampled` flags are then limited ({@link RateLimitingSampler}). Otherwise the caller decides. */
  isEdge?: boolean;
}

/** OTLP over HTTP as JSON: a person can read it. */
export function spanPipeline(
  { isEdge = false, ...identity }: TracingOptions,
  counting: MeterProvider,
): TracerProvider {
  sayWhatIsLost();
  const exporting = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ timeoutMillis: EXPORT_MS }),
    maxQueueSize: QUEUE_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_MS,
    exportTimeoutMillis: EXPORT_MS,
    selfObsMeterProvider: counting,
  });
  return new TracerProvider({
    resource: resourceOf(identity),
    sampler: headSampler({ isEdge }),
    spanProcessors: [exporting],
  });
}
