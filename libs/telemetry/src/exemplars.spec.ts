import { Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import { beforeEach, expect, it } from 'vitest';
import { observeTraced } from './exemplars.js';

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

it('shows the trace of a value beside the bucket that the value is in', async () => {
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

it.each([undefined, traceparent('00'), traceparent('02')])('observes without one for %s', async (header) => {
  observeTraced(duration, { kind: 'search' }, 0.5, header);
  const text = await registry.metrics();
  expect(text).toContain('duration_seconds_count{kind="search"} 1');
  expect(text).not.toContain('trace_id');
});
