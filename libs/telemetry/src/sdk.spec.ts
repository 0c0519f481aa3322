import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import { ROOT_CONTEXT, SpanKind, trace, TraceFlags } from '@opentelemetry/api';
import { globalErrorHandler } from '@opentelemetry/core';
import type { Counter } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRegistry } from './metrics.js';
import { logLostExports, releaseAbove, resourceOf } from './sdk.js';
import { endTelemetry, startTelemetry } from './tracing.js';

const SPANS = 10_000;
/** What may wait, and what may be on its way. */
const HELD = 4_096 + 512;

function record(count: number, traceFlags = TraceFlags.SAMPLED): void {
  const tracer = trace.getTracer('spec');
  const caller = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags, isRemote: true };
  const parent = trace.setSpanContext(ROOT_CONTEXT, caller);
  for (let i = 0; i < count; i++) tracer.startSpan('ask', { kind: SpanKind.SERVER }, parent).end();
}

describe('the export of spans', () => {
  let collector: Server;
  const identity = { service: 'root', instance: 'root-0' };
  const registry = createRegistry(identity);
  /** Counts of earlier tests: they are the process's. */
  let before: Record<string, number>;

  afterEach(async () => {
    collector.closeAllConnections();
    collector.close();
    await endTelemetry();
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
    before = await counts();
    await startTelemetry({ ...identity, isEdge });
  }

  async function counts(): Promise<Record<string, number>> {
    const { values } = await (registry.getSingleMetric('shoal_trace_spans_total') as Counter).get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels['outcome'], value]));
  }

  const spans = async (outcome: string): Promise<number> => (await counts())[outcome]! - before[outcome]!;

  it('counts the spans that were sent', async () => {
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

  it('holds a few thousand spans when the collector hangs, and counts the rest', async () => {
    await start(() => {});
    record(SPANS);
    expect(await spans('queue_full')).toBeGreaterThanOrEqual(SPANS - HELD);
    expect(await spans('sent')).toBe(0);
  });

  it('counts the spans that the collector rejects', async () => {
    await start((_, response) => void response.writeHead(400).end());
    record(600);
    await expect.poll(() => spans('failed'), { timeout: 5_000 }).toBe(600);
  });
});

afterEach(() => {
  Logger.overrideLogger(false);
  vi.useRealTimers();
});

it('logs lost exports once a minute with their reason', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const logged: unknown[] = [];
  Logger.overrideLogger({ log() {}, error() {}, warn: (text: unknown) => void logged.push(text) });
  const lost = 'spans or logs are lost, the collector does not take them';
  // The faked clock starts at 0, and earlier tests have lost exports as well.
  vi.advanceTimersByTime(3_600_000);
  logLostExports();
  globalErrorHandler(new Error('connect ECONNREFUSED'));
  logLostExports();
  globalErrorHandler(new Error('connect ECONNREFUSED'));
  vi.advanceTimersByTime(59_999);
  globalErrorHandler(new Error('connect ECONNREFUSED'));
  expect(logged).toEqual([`${lost}: connect ECONNREFUSED`]);
  vi.advanceTimersByTime(1);
  // Node's error when a name has two addresses and neither answers: it has no text of its own.
  globalErrorHandler(new AggregateError([]));
  expect(logged.slice(1)).toEqual([`${lost}: AggregateError`]);
});

it('returns the resource of a process with the attributes of the environment', () => {
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=class,service.name=another');
  expect(resourceOf({ service: 'root', instance: 'root-1' }).attributes).toMatchObject({
    'service.name': 'root',
    'service.namespace': 'shoal',
    'service.instance.id': 'root-1',
    'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    'deployment.environment.name': 'class',
  });
});

const root = path.resolve(import.meta.dirname, '../../..');

describe('releaseAbove', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'shoal-release-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("returns the repository's version, not that of the workspace", () => {
    writeFileSync(path.join(folder, 'package.json'), '{"name":"shoal","version":"7.1.0"}');
    const inside = path.join(folder, 'libs/telemetry/dist');
    mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(inside, '../package.json'), '{"name":"@shoal/telemetry","version":"0.0.1"}');
    expect(releaseAbove(inside)).toBe('7.1.0');
    // As in an image, where the bundle is beside it.
    expect(releaseAbove(folder)).toBe('7.1.0');
  });

  it('returns undefined outside of the repository', () => {
    expect(releaseAbove(folder)).toBeUndefined();
  });

  it('returns the version that the Dockerfile labels its image with', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(releaseAbove(import.meta.dirname)).toBe(version);
    const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`org.opencontainers.image.version="${version}"`);
  });
});
