import { type DynamicModule, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HealthController } from './health.controller.js';
import type { Identity } from './identity.js';
import { MetricsController } from './metrics.controller.js';
import { Readiness } from './readiness.js';

/**
 * Gives a Nest application `/healthz`, `/readyz` and `/metrics`, and gives its providers {@link Readiness} and the prom-client
 * `Registry` in which to register their metrics. Global: import it once, in the root module.
 */
@Module({})
export class TelemetryModule {
  static forRoot(identity: Identity): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      controllers: [HealthController, MetricsController],
      providers: [Readiness, { provide: Registry, useFactory: () => createRegistry(identity) }],
      exports: [Readiness, Registry],
    };
  }
}

function createRegistry({ service, instance }: Identity): Registry {
  const registry = new Registry();
  // The label names to which OpenTelemetry's resource attributes map in Prometheus.
  registry.setDefaultLabels({ service_name: service, service_instance_id: instance });
  collectDefaultMetrics({ register: registry });
  return registry;
}
