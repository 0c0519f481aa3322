import { logs } from '@opentelemetry/api';
import type { LoggerProvider } from '@opentelemetry/sdk-logs';
import { exportConfigured } from './export-configured.js';
import type { Identity } from './identity.js';
import { shutDown } from './shut-down.js';

let provider: LoggerProvider | undefined;

/**
 * From now on what is logged goes to a collector too, by OTLP, when OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_LOGS_ENDPOINT) says
 * where; without it the SDK is not even loaded. A collector that is down or hangs costs the records that it does not take, and nothing else.
 * @throws Error that names the variable when it holds no URL
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
  const ending = provider;
  provider = undefined;
  if (ending) await shutDown(ending);
}
