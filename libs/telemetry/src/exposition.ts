import { type Metric, Registry } from 'prom-client';

/** What a scrape is answered with. */
export interface Exposition {
  contentType: string;
  text: string;
}

/**
 * All metrics of a registry in the format that a scraper asks for: OpenMetrics when its `Accept` names it, as Prometheus' does;
 * otherwise the older text format, which has no exemplars.
 * @param registry one of OpenMetrics'
 */
export async function expose(registry: Registry, accept = ''): Promise<Exposition> {
  if (accept.includes('application/openmetrics-text'))
    return { contentType: Registry.OPENMETRICS_CONTENT_TYPE, text: await registry.metrics() };
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, text: await plainText(registry) };
}

/** A registry of prom-client's writes one format only: to switch it would turn over scrapes that are under way. */
async function plainText(registry: Registry): Promise<string> {
  const plain = new Registry();
  for (const metric of await registry.getMetricsAsJSON()) {
    // prom-client's types call the type a number. Written as OpenMetrics once, a counter has lost the end of its name.
    const isCounter = String(metric.type) === 'counter';
    const name = isCounter ? `${metric.name.replace(/_total$/, '')}_total` : metric.name;
    plain.registerMetric({ name, get: async () => ({ ...metric, name }) } as unknown as Metric);
  }
  return plain.metrics();
}
