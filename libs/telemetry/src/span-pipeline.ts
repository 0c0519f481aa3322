import type { MeterProvider } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, ParentBasedSampler, TracerProvider } from '@opentelemetry/sdk-trace';
import { EXPORT_MS, sayWhatIsLost } from './export-loss.js';
import { HeadSampler } from './head-sampler.js';
import { Hindsight, type EndedRequest } from './hindsight.js';
import type { Identity } from './identity.js';
import { resourceOf } from './resource.js';
import { SketchingProvider } from './sketching-provider.js';
import { WishSampler } from './wish-sampler.js';

/** Spans that wait for the exporter; what comes on top is dropped. */
const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
/** How long a span waits for company, in ms. */
const BATCH_MS = 1_000;

export interface TracingOptions extends Identity {
  /**
   * Which requests are exported although they were not sampled, by their first span here, when it ends ({@link Hindsight}). Without it these
   * are not even noted down.
   */
  isWorthKeeping?: (request: EndedRequest) => boolean;
  /** Anybody may ask this process: that a caller samples a trace is a wish ({@link WishSampler}). Otherwise it is what the edge has decided. */
  isEdge?: boolean;
}

/** OTLP over HTTP as JSON: a person can read it. */
export function spanPipeline(
  { isWorthKeeping, isEdge = false, ...identity }: TracingOptions,
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
  const options = { resource: resourceOf(identity), spanProcessors: [exporting] };
  const sampler = new ParentBasedSampler({
    root: HeadSampler.fromEnvironment(),
    ...(isEdge && { remoteParentSampled: new WishSampler() }),
  });
  if (!isWorthKeeping) return new TracerProvider({ ...options, sampler });
  return new SketchingProvider(sampler, new Hindsight(isWorthKeeping), options);
}
