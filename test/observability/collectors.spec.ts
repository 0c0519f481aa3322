import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { Jaeger } from '../cluster/jaeger.ts';
import { residentBytes, valueOf } from '../cluster/metrics.ts';
import { newTraceId, sendLog, sendSpans, type MadeSpan } from '../cluster/otlp.ts';
import type { SeenSpan } from '../cluster/otlp-traces.ts';
import { until } from '../cluster/until.ts';
import { canObserve, Watchers } from '../cluster/watchers.ts';

const CHAIN = ['jaeger', 'gateway', 'sidecar'];
/** Shortens the gateway's decision wait of 12 s. */
const QUICK = { gateway: ['--set=processors.tail_sampling.decision_wait=500ms'] };
const MEBIBYTE = 1024 * 1024;

let watchers: Watchers;
afterEach(() => watchers.stop());

/** Not the span that began its trace. */
const below = (traceId: string): MadeSpan => ({ traceId, parentSpanId: '00f067aa0ba902b7' });
const failing = (): MadeSpan => ({ traceId: newTraceId(), failed: true });

const metric = (name: string, sample: string, labels?: Record<string, string>): Promise<number> =>
  valueOf(watchers.watcher(name), sample, labels);

/** @returns its spans in Jaeger, once there are any */
function arrives({ traceId }: MadeSpan): Promise<SeenSpan[]> {
  const jaeger = new Jaeger(watchers.jaegerUrl);
  const read = async () => {
    const spans = await jaeger.spansOf(traceId);
    return spans.length > 0 && spans;
  };
  return until(`trace ${traceId} is in Jaeger`, read, 40_000);
}

describe.skipIf(!canObserve)('the collectors, if they and Jaeger are there', () => {
  it('retain every bad trace and few of the others', async () => {
    watchers = await Watchers.start(CHAIN, QUICK);
    const matter = [
      failing(),
      { traceId: newTraceId(), attributes: { 'shoal.coverage.degraded': true } },
      { traceId: newTraceId(), attributes: { 'shoal.shed': 'rate-limit' } },
      { traceId: newTraceId(), ms: 400 },
    ];
    const rest = Array.from({ length: 4_000 }, () => ({ traceId: newTraceId() }));
    expect(await sendSpans(watchers.otlpUrl, [...rest, ...matter])).toBe(200);
    for (const span of matter) {
      const [seen] = await arrives(span);
      expect(seen?.resource).toMatchObject({ 'deployment.environment.name': 'local' });
    }
    const sent = await until('what is sent is counted', async () => {
      const spans = await metric('gateway', 'otelcol_exporter_sent_spans');
      return spans > matter.length && spans;
    });
    expect(sent).toBeLessThan(rest.length / 2);
    await until('all spans are counted', async () => {
      const text = await (await fetch(watchers.spanMetricsUrl)).text();
      const counts = [...text.matchAll(/^traces_span_metrics_calls_total\{.*\} (\d+)/gm)];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0) === rest.length + matter.length;
    });
  });

  it('drop traces of Envoy alone unless they failed', async () => {
    // The full wait: the last span must arrive before the decision, also on a busy machine.
    watchers = await Watchers.start(CHAIN);
    const send = (span: MadeSpan, service: string) => sendSpans(watchers.otlpUrl, [span], service);
    const [granted, bad] = [{ traceId: newTraceId() }, failing()];
    const onlyEnvoy = Array.from({ length: 50 }, () => ({ traceId: newTraceId() }));
    await sendSpans(watchers.otlpUrl, [...onlyEnvoy, granted, bad], 'envoy');
    await send(granted, 'frontend');
    await arrives(bad);
    expect((await arrives(granted)).map(({ service }) => service).toSorted()).toEqual(['envoy', 'frontend']);
    const sent = await until('all are counted', async () => {
      const spans = await metric('gateway', 'otelcol_exporter_sent_spans');
      return spans >= 3 && spans;
    });
    expect(sent).toBe(3);
  });

  it('retain traces that fail late', async () => {
    watchers = await Watchers.start(CHAIN);
    const [long, usual] = [newTraceId(), newTraceId()];
    // The gateway retains only bad traces of this service.
    const send = (...spans: MadeSpan[]) => sendSpans(watchers.otlpUrl, spans, 'shop');
    await send(below(long), { traceId: usual });
    await delay(1_500);
    await send({ ...below(usual), failed: true });
    await delay(7_500);
    await send({ ...below(long), failed: true });
    expect(await arrives({ traceId: usual })).toHaveLength(2);
    expect(await arrives({ traceId: long })).toHaveLength(2);
  });

  it('write all logs to one file', async () => {
    watchers = await Watchers.start(['gateway', 'sidecar'], QUICK);
    const traceId = newTraceId();
    expect(await sendLog(watchers.otlpUrl, traceId, 'sold out')).toBe(200);
    const file = path.join(watchers.folder, 'observe/gateway/logs.jsonl');
    const line = await until('the line is there', () =>
      readFileSync(file, 'utf8')
        .split('\n')
        .find((text) => text.includes(traceId)),
    );
    expect(line).toContain('sold out');
  });

  it('keep traces on disk when Jaeger and gateway are killed', async () => {
    watchers = await Watchers.start(CHAIN, QUICK);
    await watchers.kill('jaeger');
    const span = failing();
    expect(await sendSpans(watchers.otlpUrl, [span])).toBe(200);
    await until('the gateway has chosen it and tries to send it', async () => {
      return (await metric('gateway', 'otelcol_exporter_in_flight_requests', { data_type: 'traces' })) > 0;
    });
    await watchers.kill('gateway');
    await watchers.run('jaeger');
    await watchers.run('gateway');
    await arrives(span);
  });

  it('keep traces on disk when gateway and sidecar are killed', async () => {
    watchers = await Watchers.start(CHAIN, QUICK);
    await watchers.kill('gateway');
    const span = failing();
    expect(await sendSpans(watchers.otlpUrl, [span])).toBe(200);
    await watchers.kill('sidecar');
    await watchers.run('gateway');
    await watchers.run('sidecar');
    await arrives(span);
  });

  it('reject excess spans within bounds of disk and memory', async () => {
    // A thirty-second of the queue that it has: filling that would take the test minutes.
    watchers = await Watchers.start(['sidecar'], {
      sidecar: [`--set=exporters.otlp_http.sending_queue.queue_size=${MEBIBYTE}`],
    });
    const before = residentBytes({ pid: watchers.pid('sidecar') });
    const statuses = [];
    for (let i = 0; i < 60; i++)
      statuses.push(await sendSpans(watchers.otlpUrl, Array.from({ length: 1_000 }, failing)));
    expect(statuses[0]).toBe(200);
    // A status that a client may retry.
    expect(statuses.at(-1)).toBe(503);
    expect(
      await metric('sidecar', 'otelcol_exporter_queue_size', { data_type: 'traces' }),
    ).toBeLessThanOrEqual(MEBIBYTE);
    const folder = path.join(watchers.folder, 'observe/sidecar');
    const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
    expect(onDisk).toBeLessThan(6 * MEBIBYTE);
    expect(residentBytes({ pid: watchers.pid('sidecar') }) - before).toBeLessThan(64 * MEBIBYTE);
  });
});
