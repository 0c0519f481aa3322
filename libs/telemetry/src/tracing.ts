import { setTimeout as delay } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { exportConfigured } from './export-configured.js';
import type { Identity } from './identity.js';
import type { SpanPipeline } from './span-pipeline.js';

/** How long the last spans may take to leave: a collector that is gone must not hold up the end. */
const FLUSH_MS = 1_000;

/**
 * OpenTelemetry's tracing of this process. Spans are recorded when OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) says
 * where to send them; without it the SDK is not even loaded. Which span is the active one is known either way, for the logs.
 */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private constructor(private readonly pipeline: SpanPipeline | null) {}

  static async start(identity: Identity): Promise<Tracing> {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    if (!exportConfigured('TRACES')) return new Tracing(null);
    const { startPipeline } = await import('./span-pipeline.js');
    const pipeline = startPipeline(identity);
    trace.setGlobalTracerProvider(pipeline.provider);
    return new Tracing(pipeline);
  }

  /** Whether spans are recorded. */
  get recording(): boolean {
    return this.pipeline !== null;
  }

  /** Exports what this process holds, or will still record, of a trace that was not sampled when it began. */
  keep(traceId: string): void {
    this.pipeline?.hindsight.keep(traceId);
  }

  /** Sends what is left. */
  async onApplicationShutdown(): Promise<void> {
    const flushed = this.pipeline?.provider.shutdown().catch(() => {});
    await Promise.race([flushed, delay(FLUSH_MS, undefined, { ref: false })]);
    trace.disable();
    context.disable();
  }
}
