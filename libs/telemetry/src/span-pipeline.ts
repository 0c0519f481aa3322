import { Logger } from '@nestjs/common';
import type { MeterProvider } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME, ATTR_SERVICE_NAMESPACE } from './attributes.js';
import { HeadSampler } from './head-sampler.js';
import { Hindsight, recordingRequests } from './hindsight.js';
import type { Identity } from './identity.js';

/** Spans that wait for the exporter; what comes on top is dropped. */
const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
/** How long a span waits for company, in ms. */
const BATCH_MS = 1_000;
/** A collector that takes longer has lost the batch. */
const EXPORT_MS = 5_000;
/** A collector that is away is said once in this time, in ms. */
const QUIET_MS = 60_000;

export interface TracingOptions extends Identity {
  /**
   * Which requests are exported although they were not sampled, by their first span here, when it ends ({@link Hindsight}). Without it these
   * are not even recorded.
   */
  isWorthKeeping?: (span: ReadableSpan) => boolean;
}

/** OTLP over HTTP as JSON: it costs about as much CPU as protobuf, and a person can read it. */
export function spanPipeline(
  { service, instance, isWorthKeeping }: TracingOptions,
  counting: MeterProvider,
): TracerProvider {
  sayWhatFails();
  const exporting = new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ timeoutMillis: EXPORT_MS }),
    maxQueueSize: QUEUE_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_MS,
    exportTimeoutMillis: EXPORT_MS,
    selfObsMeterProvider: counting,
  });
  const resource = defaultResource().merge(
    resourceFromAttributes({
      [ATTR_SERVICE_NAME]: service,
      [ATTR_SERVICE_NAMESPACE]: 'shoal',
      [ATTR_SERVICE_INSTANCE_ID]: instance,
    }),
  );
  const sampler = new ParentBasedSampler({ root: HeadSampler.fromEnvironment() });
  if (!isWorthKeeping) return new TracerProvider({ resource, sampler, spanProcessors: [exporting] });
  const spanProcessors = [new Hindsight(exporting, isWorthKeeping)];
  return new TracerProvider({ resource, sampler: recordingRequests(sampler), spanProcessors });
}

function sayWhatFails(): void {
  const logger = new Logger('traces');
  let saidAt = -Infinity;
  setGlobalErrorHandler((error) => {
    if (performance.now() - saidAt < QUIET_MS) return;
    saidAt = performance.now();
    const reason = error instanceof Error ? error.message : JSON.stringify(error);
    logger.warn(`spans are lost, the collector does not take them: ${reason}`);
  });
}
