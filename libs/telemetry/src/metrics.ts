import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { createNoopMeter, type Meter, type MeterProvider } from '@opentelemetry/api';
import {
  collectDefaultMetrics,
  Counter,
  type Histogram,
  type LabelValues,
  type Metric,
  Registry,
  type RegistryContentType,
} from 'prom-client';
import type { Identity } from './logging.js';
import { isSampled, traceIdOf } from './traceparent.js';

/**
 * Node's gauges whose names end like counters', which `promtool check metrics` rejects, and the handles that `nodejs_active_resources`
 * counts as well.
 */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Twice Node's own step, because its timer also runs in an idle process. */
const EVENT_LOOP_STEP_MS = 20;

/** Creates a registry with Node's default metrics and the process's span counter. Its type is OpenMetrics, because prom-client keeps exemplars only there. */
export function createRegistry({ service, instance }: Identity): Registry {
  const registry = new Registry<RegistryContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  // The label names to which OpenTelemetry's resource attributes map in Prometheus.
  registry.setDefaultLabels({ service_name: service, service_instance_id: instance });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_STEP_MS });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
  // Prom-client's injectable class has the other format's type; nothing but the type differs.
  showSpanCounts(registry as Registry);
  return registry as Registry;
}

/**
 * Observes a value. When its trace is sampled, the trace's id becomes the exemplar of the value's bucket: one click leads from a graph
 * to an example.
 * @param histogram one with `enableExemplars`
 * @param traceparent a valid one, or undefined when there is none
 */
export function observeTraced<T extends string>(
  histogram: Histogram<T>,
  labels: LabelValues<T>,
  value: number,
  traceparent: string | undefined,
): void {
  // An exemplar costs more than the observation, and an unsampled trace cannot be looked up.
  if (traceparent === undefined || !isSampled(traceparent)) return histogram.observe({ labels, value });
  const exemplarLabels = { trace_id: traceIdOf(traceparent) } as LabelValues<string>;
  histogram.observe({ labels, value, exemplarLabels });
}

/** Spans of this process by what became of them. The SDK starts before the registry exists, so the counts are kept here. */
const spanCounts = { sent: 0, queue_full: 0, failed: 0 };

/** The SDK's own count of processed spans, by OpenTelemetry's conventions for SDK metrics. */
const PROCESSED = 'otel.sdk.processor.span.processed';

/** Returns the meter provider with which the SDK's span processor counts exported and lost spans. */
export function spanMeterProvider(): MeterProvider {
  const noop = createNoopMeter();
  const createCounter: Meter['createCounter'] = (name, options) => {
    if (name !== PROCESSED) return noop.createCounter(name, options);
    return {
      add(count, attributes) {
        const error = attributes?.['error.type'];
        if (error === undefined) spanCounts.sent += count;
        else spanCounts[error === 'queue_full' ? 'queue_full' : 'failed'] += count;
      },
    };
  };
  const meter = Object.assign(Object.create(noop) as Meter, { createCounter });
  return { getMeter: () => meter };
}

/** Registers the span counts. The metric also exists, with 0, when nothing is exported. */
function showSpanCounts(registry: Registry): void {
  new Counter({
    name: 'shoal_trace_spans_total',
    help: 'Spans to be exported: sent, dropped because the queue was full, or lost because the collector did not accept them',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(spanCounts)) this.inc({ outcome }, count);
    },
  });
}

/** The part of a Fastify reply or Express response that is needed here. */
interface Response {
  header(name: string, value: string): unknown;
}

/** The Prometheus scrape: OpenMetrics, with exemplars, when the scraper accepts it; otherwise the text format. */
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Registry) private readonly registry: Registry) {}

  @Get()
  async metrics(
    @Headers('accept') accept = '',
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const openMetrics = accept.includes('application/openmetrics-text');
    const format = openMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE;
    response.header('content-type', format);
    return openMetrics ? this.registry.metrics() : plainText(this.registry);
  }
}

/**
 * Returns a registry's metrics in the text format, for `promtool check metrics` and other readers without OpenMetrics. A registry of
 * prom-client's has one format, and switching it would corrupt concurrent scrapes.
 */
async function plainText(registry: Registry): Promise<string> {
  const plain = new Registry();
  for (const metric of await registry.getMetricsAsJSON()) {
    // Prom-client's types call the type a number. Written as OpenMetrics once, a counter has lost the end of its name.
    const isCounter = String(metric.type) === 'counter';
    const name = isCounter ? `${metric.name.replace(/_total$/, '')}_total` : metric.name;
    plain.registerMetric({ name, get: async () => ({ ...metric, name }) } as unknown as Metric);
  }
  return plain.metrics();
}
