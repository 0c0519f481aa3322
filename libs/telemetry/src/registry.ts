import { collectDefaultMetrics, Registry, type RegistryContentType } from 'prom-client';
import type { Identity } from './identity.js';

/**
 * Gauges that end as counters must, which `promtool check metrics` rejects, and the same handles again that
 * `nodejs_active_resources` counts.
 */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Twice as long as Node's own step: its timer never rests, also in a process that has nothing to do. */
const EVENT_LOOP_STEP_MS = 20;

/** A registry with Node's default metrics. It is one of OpenMetrics', as prom-client keeps exemplars only in those. */
export function createRegistry({ service, instance }: Identity): Registry {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  // The label names to which OpenTelemetry's resource attributes map in Prometheus.
  registry.setDefaultLabels({ service_name: service, service_instance_id: instance });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_STEP_MS });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  // Prom-client's injectable type is that of the other format; nothing but this type tells them apart.
  return registry as Registry;
}
