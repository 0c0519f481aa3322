import { setTimeout as delay } from 'node:timers/promises';
import { context, logs, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { TelemetryOptions } from './sdk.js';

/** Time that remaining spans and logs have at the end, in ms: an unreachable collector must not delay a graceful shutdown. */
const FLUSH_MS = 1_000;

let sdk: { shutdown(): Promise<void> } | undefined;

/**
 * Starts the export of spans and logs when OTEL_EXPORTER_OTLP_ENDPOINT, or its variant for one signal, has a collector's URL. Without it
 * the SDK is not even loaded, because it takes memory. The active span is known either way, for the logs.
 * @throws Error that names the variable when it has no URL
 */
export async function startTelemetry(options: TelemetryOptions): Promise<void> {
  const signals = { traces: exportConfigured('TRACES'), logs: exportConfigured('LOGS') };
  if (signals.traces || signals.logs) {
    const { startSdk } = await import('./sdk.js');
    sdk = startSdk(options, signals);
  } else {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }
}

/** Flushes remaining spans and logs, for at most a second, and ends the export. Never rejects. */
export async function endTelemetry(): Promise<void> {
  logs.disable();
  const ending = sdk;
  sdk = undefined;
  if (ending) {
    const flushed = ending.shutdown().catch(() => {});
    await Promise.race([flushed, delay(FLUSH_MS, undefined, { ref: false })]);
  }
  trace.disable();
  context.disable();
}

/** Whether the SDK accepts the URL. It would replace an invalid one by its default, http://localhost:4318. */
const isCollectorUrl = (url: string) => /^https?:\/\//i.test(url) && URL.canParse(`${url}/`);

/**
 * Returns whether OpenTelemetry's environment variables name a collector for this signal.
 * @throws Error that names the variable when it has no URL; not its value, which may include a password
 */
export function exportConfigured(signal: 'TRACES' | 'LOGS'): boolean {
  const { env } = process;
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return false;
  const variables = [`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`, 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const variable = variables.find((name) => env[name]);
  if (variable === undefined) return false;
  if (isCollectorUrl(env[variable]!)) return true;
  throw new Error(`cannot start: ${variable} must be a URL that begins with http:// or https://`);
}
