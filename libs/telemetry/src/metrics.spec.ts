import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Counter, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { observeTraced } from './metrics.js';
import { TelemetryModule } from './telemetry.module.js';

const LABELS = 'service_name="shop",service_instance_id="shop-1"';
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';

let app: NestFastifyApplication;
let registry: Registry;
const counters = (text: string) => text.match(/^orders\S*/gm);
const scrape = (accept = '') => app.inject({ method: 'GET', url: '/metrics', headers: { accept } });
const asText = async () => (await scrape()).body;
const asOpenMetrics = async () => (await scrape(OPENMETRICS)).body;

beforeEach(async () => {
  const module = TelemetryModule.forRoot({ service: 'shop', instance: 'shop-1' });
  app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
  await app.init();
  registry = app.get(Registry);
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
afterEach(() => app.close());

describe('GET /metrics', () => {
  it('responds in the text format when no format is accepted, without exemplars', async () => {
    expect((await scrape()).headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await asText();
    expect(text).toContain(`# TYPE orders_total counter\norders_total{${LABELS}} 3`);
    expect(text).toContain(`order_duration_seconds_bucket{le="1",kind="large",${LABELS}} 1\n`);
    expect(text).not.toContain('EOF');
  });

  it('responds in OpenMetrics when it is accepted, with exemplars', async () => {
    expect((await scrape(OPENMETRICS)).headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    const text = await asOpenMetrics();
    expect(text).toContain(`# TYPE orders counter\norders_total{${LABELS}} 3`);
    expect(text).toMatch(/^order_duration_seconds_bucket\{.*\} 1 # \{trace_id="a{32}"\} 0.5 /m);
    expect(text.endsWith('# EOF\n')).toBe(true);
  });

  it('names metrics alike whatever the format of concurrent scrapes', async () => {
    const before = await asText();
    await Promise.all([asOpenMetrics(), asText(), asOpenMetrics()]);
    expect(counters(await asText())).toEqual(counters(before));
    expect(counters(await asOpenMetrics())).toEqual(counters(before));
  });
});

it('measures event-loop lag, garbage collection and memory from the start', async () => {
  const text = await asText();
  for (const name of [
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_heap_size_used_bytes',
    'process_cpu_seconds_total',
  ])
    expect(text).toMatch(new RegExp(`^${name}\\{`, 'm'));
  expect(text).toContain('# TYPE nodejs_gc_duration_seconds histogram');
});

describe('observeTraced', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traceparent = (flags: string) => `00-${TRACE}-00f067aa0ba902b7-${flags}`;

  let registry: Registry<OpenMetricsContentType>;
  let duration: Histogram<'kind'>;

  beforeEach(() => {
    registry = new Registry();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    duration = new Histogram({
      name: 'duration_seconds',
      help: 'Time',
      labelNames: ['kind'],
      buckets: [0.1, 1],
      enableExemplars: true,
      registers: [registry],
    });
  });

  it('adds the trace of a value to its bucket', async () => {
    observeTraced(duration, { kind: 'search' }, 0.5, traceparent('01'));
    const text = await registry.metrics();
    expect(text).toMatch(
      new RegExp(
        `^duration_seconds_bucket\\{le="1",kind="search"\\} 1 # \\{trace_id="${TRACE}"\\} 0.5 \\d+`,
        'm',
      ),
    );
    expect(text.match(/trace_id/g)).toHaveLength(1);
  });

  it.each([undefined, traceparent('00'), traceparent('02')])(
    'adds no exemplar when the traceparent is %s',
    async (header) => {
      observeTraced(duration, { kind: 'search' }, 0.5, header);
      const text = await registry.metrics();
      expect(text).toContain('duration_seconds_count{kind="search"} 1');
      expect(text).not.toContain('trace_id');
    },
  );
});
