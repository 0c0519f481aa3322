import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  type Resource,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import type { Identity } from './logging.js';
import { spanMeterProvider } from './metrics.js';
import { headSampler } from './sampling.js';

// Loaded only when an exporter is configured (tracing.ts): the SDK takes memory.

/** Identity of this process and its role in sampling. */
export interface TelemetryOptions extends Identity {
  /** Whether clients call this process: their `sampled` flags are then rate-limited. Otherwise the caller decides. */
  isEdge?: boolean;
}

/** Time that the collector has to accept a batch, in ms; then the batch is lost. */
const EXPORT_MS = 5_000;
/** Maximum spans that wait for the exporter; further ones are dropped and counted. */
const QUEUE_SPANS = 4_096;
const BATCH_SPANS = 512;
/** Maximum time that a span waits for its batch, in ms. */
const BATCH_MS = 1_000;
/** Maximum log records that wait for the exporter; further ones are only on stdout. */
const QUEUE_RECORDS = 2_048;

/**
 * Starts OpenTelemetry's SDK and registers it with the API. Its OTEL_* variables apply: endpoint, headers, compression, certificates, limits.
 * Spans and logs are sent as OTLP over HTTP in JSON, which a person can read.
 */
export function startSdk(
  { isEdge = false, ...identity }: TelemetryOptions,
  { traces, logs }: { traces: boolean; logs: boolean },
): NodeSDK {
  logLostExports();
  const sdk = new NodeSDK({
    resource: resourceOf(identity),
    autoDetectResources: false,
    sampler: headSampler({ isEdge }),
    spanProcessors: traces ? [spanProcessor()] : [],
    logRecordProcessors: logs ? [logRecordProcessor()] : [],
    // Prometheus scrapes the metrics, and messages carry `traceparent` by themselves.
    metricReaders: [],
    textMapPropagator: null,
  });
  sdk.start();
  return sdk;
}

function spanProcessor(): BatchSpanProcessor {
  return new BatchSpanProcessor({
    exporter: new OTLPTraceExporter({ timeoutMillis: EXPORT_MS }),
    maxQueueSize: QUEUE_SPANS,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_MS,
    exportTimeoutMillis: EXPORT_MS,
    selfObsMeterProvider: spanMeterProvider(),
  });
}

function logRecordProcessor(): BatchLogRecordProcessor {
  return new BatchLogRecordProcessor({
    exporter: new OTLPLogExporter({ timeoutMillis: EXPORT_MS }),
    maxQueueSize: QUEUE_RECORDS,
    exportTimeoutMillis: EXPORT_MS,
  });
}

/** Minimum time between two warnings about lost exports, in ms. */
const WARNING_MS = 60_000;
const logger = new Logger('telemetry');
let warnedAt = -Infinity;

/** Logs once a minute that spans or logs are lost, and why. The SDK does not report which of them. */
export function logLostExports(): void {
  setGlobalErrorHandler((error) => {
    if (performance.now() - warnedAt < WARNING_MS) return;
    warnedAt = performance.now();
    const reason = error instanceof Error ? error.message || error.name : JSON.stringify(error);
    logger.warn(`spans or logs are lost, the collector does not take them: ${reason}`);
  });
}

/** Returns the resource of a process's spans and logs, with what `OTEL_RESOURCE_ATTRIBUTES` adds. */
export function resourceOf({ service, instance }: Identity): Resource {
  const environment = detectResources({ detectors: [resourceAttributesEnvDetector] });
  const own = resourceFromAttributes({
    [ATTR_SERVICE_NAME]: service,
    [ATTR_SERVICE_VERSION]: releaseAbove(import.meta.dirname),
    // Not stable yet in the semantic conventions, so their package has no constants for them.
    'service.namespace': 'shoal',
    'service.instance.id': instance,
  });
  return defaultResource().merge(environment).merge(own);
}

/** The name of the repository's package, whose version is the release. */
const REPOSITORY = 'shoal';

/**
 * Returns the release that a module belongs to. It is searched upwards, because a bundle in an image is less deep than a module in the
 * repository.
 * @param folder folder of the module
 * @returns undefined outside of the repository and its images
 */
export function releaseAbove(folder: string): string | undefined {
  const file = path.join(folder, 'package.json');
  if (existsSync(file)) {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (name === REPOSITORY) return version;
  }
  const above = path.dirname(folder);
  return above === folder ? undefined : releaseAbove(above);
}
