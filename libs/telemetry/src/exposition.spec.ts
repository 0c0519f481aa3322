import { Counter, Histogram, type Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { observeTraced } from './exemplars.js';
import { expose } from './exposition.js';
import { createRegistry } from './registry.js';

const LABELS = 'service_name="shop",service_instance_id="shop-1"';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';

let registry: Registry;
const counters = (text: string) => text.match(/^orders\S*/gm);
const asText = async () => (await expose(registry)).text;
const asOpenMetrics = async () => (await expose(registry, OPENMETRICS)).text;

beforeEach(() => {
  registry = createRegistry({ service: 'shop', instance: 'shop-1' });
  new Counter({ name: 'orders_total', help: 'Orders', registers: [registry] }).inc(3);
  const time = new Histogram({
    name: 'order_duration_seconds',
    help: 'Time of an order',
    labelNames: ['kind'],
    buckets: [1],
    enableExemplars: true,
    registers: [registry],
  });
  observeTraced(time, { kind: 'large' }, 0.5, `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
});

describe('a scraper', () => {
  it('that names no format gets the text format, without exemplars', async () => {
    const { contentType } = await expose(registry);
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await asText();
    expect(text).toContain(`# TYPE orders_total counter\norders_total{${LABELS}} 3`);
    expect(text).toContain(`order_duration_seconds_bucket{le="1",kind="large",${LABELS}} 1\n`);
    expect(text).not.toContain('EOF');
  });

  it('that takes OpenMetrics gets it, with exemplars', async () => {
    const { contentType } = await expose(registry, OPENMETRICS);
    expect(contentType).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const text = await asOpenMetrics();
    expect(text).toContain(`# TYPE orders counter\norders_total{${LABELS}} 3`);
    expect(text).toMatch(/^order_duration_seconds_bucket\{.*\} 1 # \{trace_id="a{32}"\} 0.5 /m);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('gets the same names whoever came before it with another format', async () => {
    const before = await asText();
    await Promise.all([asOpenMetrics(), asText(), asOpenMetrics()]);
    expect(counters(await asText())).toEqual(counters(before));
    expect(counters(await asOpenMetrics())).toEqual(counters(before));
  });
});

it('event-loop lag, garbage collection and memory are there from the start', async () => {
  const text = await asText();
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
    'process_cpu_seconds_total',
  ])
    expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'));
  expect(text).toContain('# TYPE nodejs_gc_duration_seconds histogram');
});
