import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Registry } from 'prom-client';
import { countSpans } from './count-spans.js';
import { exportConfigured } from './export-configured.js';
import { shutDown } from './shut-down.js';
import type { TracingOptions } from './span-pipeline.js';

/**
 * OpenTelemetry's tracing of this process. Spans are recorded when OTEL_EXPORTER_OTLP_ENDPOINT (or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) says
 * where to send them; without it the SDK is not even loaded. Which span is the active one is known either way, for the logs.
 */
@Injectable()
export class Tracing implements OnApplicationShutdown {
  private constructor(private readonly provider: TracerProvider | null) {}

  /**
   * @param registry where what becomes of the spans is counted
   * @throws Error that names the variable when it holds no URL
   */
  static async start(options: TracingOptions, registry: Registry): Promise<Tracing> {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const counting = countSpans(registry);
    if (!exportConfigured('TRACES')) return new Tracing(null);
    const { spanPipeline } = await import('./span-pipeline.js');
    const provider = spanPipeline(options, counting);
    trace.setGlobalTracerProvider(provider);
    return new Tracing(provider);
  }

  /** Whether spans are recorded. */
  get recording(): boolean {
    return this.provider !== null;
  }

  /** Sends what is left. */
  async onApplicationShutdown(): Promise<void> {
    if (this.provider) await shutDown(this.provider);
    trace.disable();
    context.disable();
  }
}
