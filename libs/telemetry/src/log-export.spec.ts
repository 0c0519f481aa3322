import { Logger } from '@nestjs/common';
import { context, logs, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logRecordsOf } from '../../../test/cluster/otlp-logs.js';
import { type OtlpSink, startOtlpSink } from '../../../test/cluster/otlp-sink.js';
import { JsonLogger } from './json-logger.js';
import { endLogExport, startLogExport } from './log-export.js';

const LINES = 10_000;
/** What may wait, and what may be on its way. */
const HELD = 2_048 + 512;

const identity = { service: 'root', instance: 'root-1' };
const written: string[] = [];
const logger = new Logger('Gather');

let sink: OtlpSink;
beforeEach(async () => {
  sink = await startOtlpSink();
  written.length = 0;
  Logger.overrideLogger(
    new JsonLogger(identity, { destination: { write: (line) => void written.push(line) } }),
  );
});
afterEach(async () => {
  await endLogExport();
  Logger.overrideLogger(false);
  vi.unstubAllEnvs();
  await sink.stop();
});

describe('the export of logs', () => {
  it('sends what is logged, by the names of the log data model, and all of it before the end', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    await startLogExport(identity);
    const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    context.with(trace.setSpanContext(context.active(), span), () =>
      logger.warn({ msg: 'shard missing', shard: 3 }),
    );
    context.disable();
    logger.error(new Error('broken'));
    logger.debug('hidden');
    await endLogExport();
    expect(logRecordsOf(sink)).toMatchObject([
      {
        resource: { 'service.name': 'root', 'service.namespace': 'shoal', 'service.instance.id': 'root-1' },
        scope: 'Gather',
        severityNumber: 13,
        severityText: 'warn',
        body: 'shard missing',
        attributes: { shard: 3 },
        traceId: span.traceId,
        spanId: span.spanId,
      },
      {
        severityNumber: 17,
        severityText: 'error',
        body: 'broken',
        attributes: { 'exception.type': 'Error', 'exception.message': 'broken' },
      },
    ]);
  });

  it.each([
    ['without an endpoint', {}],
    ['when the SDK is disabled', { OTEL_SDK_DISABLED: 'true' }],
  ])('sends nothing %s', async (_, environment) => {
    if (Object.keys(environment).length > 0) vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    await startLogExport(identity);
    logger.warn('heard by nobody');
    await endLogExport();
    expect(sink.received('/v1/logs')).toEqual([]);
  });

  it('does not begin with an address that is none', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', '127.0.0.1:9999');
    await expect(startLogExport(identity)).rejects.toThrow('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT');
  });

  it('is not held up by a collector that hangs: neither the log nor the end', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    sink.hang();
    await startLogExport(identity);
    for (let i = 0; i < LINES; i++) logger.log(`line ${i}`);
    expect(written).toHaveLength(LINES);
    const began = performance.now();
    await endLogExport();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(logs.getLogger('after the end').enabled()).toBe(false);
  });

  it('holds a few thousand records for a collector that hangs, however many there are', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    sink.hang();
    await startLogExport(identity);
    for (let i = 0; i < LINES; i++) logger.log(`line ${i}`);
    sink.goOn();
    await endLogExport();
    const held = logRecordsOf(sink).map(({ body }) => body);
    expect(held).toContain('line 0');
    expect(held.length).toBeLessThanOrEqual(HELD);
  });

  it('says that logs are lost when a collector has not taken them for 5 s, without any spans', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', `${sink.url}/v1/logs`);
    sink.hang();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await startLogExport(identity);
    logger.log('a line');
    const untilSent = 1_000;
    await vi.advanceTimersByTimeAsync(untilSent + 4_999);
    expect(written).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    expect(written[1]).toContain('spans or logs are lost, the collector does not take them: Timeout');
  });
});
