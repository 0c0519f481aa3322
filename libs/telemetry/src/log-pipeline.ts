import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import type { Identity } from './identity.js';

/** Records that wait for a collector; what comes while so many wait is only on stdout. */
const QUEUE = 2_048;

/** In a file of its own, because it is only loaded when somebody listens: it takes memory. */
export function logPipeline({ service, instance }: Identity): LoggerProvider {
  return new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }),
    processors: [new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), maxQueueSize: QUEUE })],
  });
}
