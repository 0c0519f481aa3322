import { ConfigurableModuleBuilder, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Registry } from 'prom-client';
import { HealthController } from './health.controller.js';
import { endLogExport } from './log-export.js';
import { MetricsController } from './metrics.controller.js';
import { Readiness } from './readiness.js';
import { createRegistry } from './registry.js';
import type { TracingOptions } from './span-pipeline.js';
import { Tracing } from './tracing.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<TracingOptions>()
  .setClassMethodName('forRoot')
  .build();

/**
 * Gives a Nest application `/healthz`, `/readyz` and `/metrics`, starts its {@link Tracing}, and gives its providers {@link Readiness} and
 * the prom-client `Registry` in which to register their metrics. Global: the root module alone imports `TelemetryModule.forRoot(identity)`.
 */
@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [
    Readiness,
    { provide: Registry, useFactory: createRegistry, inject: [MODULE_OPTIONS_TOKEN] },
    { provide: Tracing, useFactory: Tracing.start, inject: [MODULE_OPTIONS_TOKEN, Registry] },
  ],
  exports: [Readiness, Registry, Tracing],
})
export class TelemetryModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return endLogExport();
  }
}
