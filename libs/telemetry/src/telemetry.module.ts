import { ConfigurableModuleBuilder, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Registry } from 'prom-client';
import { HealthController, Readiness } from './health.js';
import type { Identity } from './logging.js';
import { createRegistry, MetricsController } from './metrics.js';
import { endTelemetry } from './tracing.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<Identity>()
  .setClassMethodName('forRoot')
  .build();

/**
 * Gives a Nest application `/healthz`, `/readyz` and `/metrics`, and its providers {@link Readiness} and the prom-client `Registry` in which
 * they register their metrics. Flushes spans and logs at shutdown. Global: only the root module imports `TelemetryModule.forRoot(identity)`.
 */
@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [Readiness, { provide: Registry, useFactory: createRegistry, inject: [MODULE_OPTIONS_TOKEN] }],
  exports: [Readiness, Registry],
})
export class TelemetryModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return endTelemetry();
  }
}
