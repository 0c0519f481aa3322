import { setTimeout as delay } from 'node:timers/promises';
import { logs } from '@opentelemetry/api';
import type { LoggerProvider } from '@opentelemetry/sdk-logs';
import { exportConfigured } from './export-configured.js';
import type { Identity } from './identity.js';

/** How long the last records may take to leave: a collector that is gone must not hold up the end. */
const FLUSH_MS = 1_000;

let provider: LoggerProvider | undefined;

/**
 * From now on what is logged goes to a collector too, by OTLP, when OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_LOGS_ENDPOINT) says
 * where; without it the SDK is not even loaded. A collector that is down or hangs costs the records that it does not take, and nothing else.
 */
export async function startLogExport(identity: Identity): Promise<void> {
  if (!exportConfigured('LOGS')) return;
  const { logPipeline } = await import('./log-pipeline.js');
  provider = logPipeline(identity);
  logs.setGlobalLoggerProvider(provider);
}

/** Sends what is left, for at most a second. */
export async function endLogExport(): Promise<void> {
  logs.disable();
  const flushed = provider?.shutdown().catch(() => {});
  provider = undefined;
  if (flushed) await Promise.race([flushed, delay(FLUSH_MS, undefined, { ref: false })]);
}
