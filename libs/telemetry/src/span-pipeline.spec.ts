import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import { Registry, type Counter } from 'prom-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { countSpans } from './count-spans.js';
import { shutDown } from './shut-down.js';
import { spanPipeline } from './span-pipeline.js';

const SPANS = 10_000;
/** What may wait, and what may be on its way. */
const HELD = 4_096 + 512;

describe('the export of spans', () => {
  let collector: Server;
  let provider: TracerProvider;
  const registry = new Registry();

  afterEach(async () => {
    collector.closeAllConnections();
    collector.close();
    await shutDown(provider);
    registry.clear();
    vi.unstubAllEnvs();
  });

  async function start(answer: RequestListener, isEdge = false): Promise<void> {
    collector = createServer((request, response) => {
      request.resume().once('end', () => answer(request, response));
    });
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${port}`);
    const identity = { service: 'root', instance: 'root-0' };
    provider = spanPipeline({ ...identity, isEdge }, countSpans(registry));
  }

  function record(count: number, traceFlags = TraceFlags.SAMPLED): void {
    const tracer = provider.getTracer('spec');
    const caller = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags, isRemote: true };
    const parent = trace.setSpanContext(ROOT_CONTEXT, caller);
    for (let i = 0; i < count; i++) tracer.startSpan('ask', { kind: SpanKind.SERVER }, parent).end();
  }

  async function spans(outcome: string): Promise<number> {
    const { values } = await (registry.getSingleMetric('shoal_trace_spans_total') as Counter).get();
    return values.find(({ labels }) => labels['outcome'] === outcome)!.value;
  }

  it('counts what was sent', async () => {
    await start((_, response) => response.setHeader('content-type', 'application/json').end('{}'));
    record(700);
    await expect.poll(() => spans('sent'), { timeout: 5_000 }).toBe(700);
  });

  it('sends no span of an unsampled trace', async () => {
    await start((_, response) => response.setHeader('content-type', 'application/json').end('{}'));
    record(700, TraceFlags.NONE);
    record(7);
    await expect.poll(() => spans('sent'), { timeout: 5_000 }).toBe(7);
  });

  it('sends few of the traces that clients flag as sampled at the edge', async () => {
    await start((_, response) => response.setHeader('content-type', 'application/json').end('{}'), true);
    record(700);
    await expect.poll(() => spans('sent'), { timeout: 5_000 }).toBeGreaterThanOrEqual(30);
    expect(await spans('sent')).toBeLessThan(60);
  });

  it('holds a few thousand spans for a collector that hangs, however many there are, and counts the rest', async () => {
    await start(() => {});
    record(SPANS);
    expect(await spans('queue_full')).toBeGreaterThanOrEqual(SPANS - HELD);
    expect(await spans('sent')).toBe(0);
  });

  it('counts what a collector rejects', async () => {
    await start((_, response) => void response.writeHead(400).end());
    record(600);
    await expect.poll(() => spans('failed'), { timeout: 5_000 }).toBe(600);
  });
});
