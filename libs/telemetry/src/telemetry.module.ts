import { ConfigurableModuleBuilder, Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HealthController } from './health.controller.js';
import type { Identity } from './identity.js';
import { MetricsController } from './metrics.controller.js';
import { Readiness } from './readiness.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<Identity>()
  .setClassMethodName('forRoot')
  .build();

/**
 * Gives a Nest application `/healthz`, `/readyz` and `/metrics`, and gives its providers {@link Readiness} and the prom-client
 * `Registry` in which to register their metrics. Global: the root module alone imports `TelemetryModule.forRoot(identity)`.
 */
@Global()
@Module({
  controllers: [HealthController, MetricsController],
  providers: [Readiness, { provide: Registry, useFactory: createRegistry, inject: [MODULE_OPTIONS_TOKEN] }],
  exports: [Readiness, Registry],
})
export class TelemetryModule extends ConfigurableModuleClass {}

function createRegistry({ service, instance }: Identity): Registry {
  const registry = new Registry();
  // The label names to which OpenTelemetry's resource attributes map in Prometheus.
  registry.setDefaultLabels({ service_name: service, service_instance_id: instance });
  collectDefaultMetrics({ register: registry });
  return registry;
}
