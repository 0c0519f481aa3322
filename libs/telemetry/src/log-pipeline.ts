import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { EXPORT_MS, sayWhatIsLost } from './export-loss.js';
import type { Identity } from './identity.js';
import { resourceOf } from './resource.js';

/** Records that wait for a collector; what comes while so many wait is only on stdout. */
const QUEUE = 2_048;

/** In a file of its own, because it is only loaded when somebody listens: it takes memory. */
export function logPipeline(identity: Identity): LoggerProvider {
  sayWhatIsLost();
  const exporting = new BatchLogRecordProcessor({
    exporter: new OTLPLogExporter({ timeoutMillis: EXPORT_MS }),
    maxQueueSize: QUEUE,
    exportTimeoutMillis: EXPORT_MS,
  });
  return new LoggerProvider({ resource: resourceOf(identity), processors: [exporting] });
}
