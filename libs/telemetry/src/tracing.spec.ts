import { Logger } from '@nestjs/common';
import { context, logs, trace } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logRecordsOf } from '../../../test/cluster/otlp-logs.js';
import { type OtlpSink, startOtlpSink } from '../../../test/cluster/otlp-sink.js';
import { JsonLogger } from './logging.js';
import { endTelemetry, exportConfigured, startTelemetry } from './tracing.js';

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
  await endTelemetry();
  Logger.overrideLogger(false);
  vi.unstubAllEnvs();
  await sink.stop();
});

describe('the export of logs', () => {
  it('sends log records by the names of the log data model before the end', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    await startTelemetry(identity);
    const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    context.with(trace.setSpanContext(context.active(), span), () =>
      logger.warn({ msg: 'shard missing', shard: 3 }),
    );
    logger.error(new Error('broken'));
    logger.debug('hidden');
    await endTelemetry();
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
    await startTelemetry(identity);
    logger.warn('not sent');
    await endTelemetry();
    expect(sink.received('/v1/logs')).toEqual([]);
  });

  it('rejects a variable that has no URL', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', '127.0.0.1:9999');
    await expect(startTelemetry(identity)).rejects.toThrow('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT');
  });

  it('delays neither the log nor the end when the collector hangs', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    sink.hang();
    await startTelemetry(identity);
    for (let i = 0; i < LINES; i++) logger.log(`line ${i}`);
    expect(written).toHaveLength(LINES);
    const began = performance.now();
    await endTelemetry();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(logs.getLogger('after the end').enabled()).toBe(false);
  });

  it('holds a few thousand records when the collector hangs', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', sink.url);
    sink.hang();
    await startTelemetry(identity);
    for (let i = 0; i < LINES; i++) logger.log(`line ${i}`);
    sink.goOn();
    await endTelemetry();
    const held = logRecordsOf(sink).map(({ body }) => body);
    expect(held).toContain('line 0');
    expect(held.length).toBeLessThanOrEqual(HELD);
  });

  it('logs that records are lost when the collector accepts none for 5 s', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', `${sink.url}/v1/logs`);
    sink.hang();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await startTelemetry(identity);
    logger.log('a line');
    const untilSent = 1_000;
    await vi.advanceTimersByTimeAsync(untilSent + 4_999);
    expect(written).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    expect(written[1]).toContain('spans or logs are lost, the collector does not take them: Timeout');
  });
});

const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const LOGS = 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT';

describe('exportConfigured', () => {
  beforeEach(() => {
    for (const name of [ALL, TRACES, LOGS, 'OTEL_SDK_DISABLED']) vi.stubEnv(name, undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  it('returns false when no variable is set or the SDK is disabled', () => {
    expect(exportConfigured('LOGS')).toBe(false);
    vi.stubEnv(ALL, '');
    expect(exportConfigured('LOGS')).toBe(false);
    vi.stubEnv(ALL, 'http://127.0.0.1:4318');
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    expect(exportConfigured('LOGS')).toBe(false);
  });

  it.each(['http://127.0.0.1:4318', 'https://collector/base/', 'http://[::1]:4318'])('accepts %s', (url) => {
    vi.stubEnv(ALL, url);
    expect(exportConfigured('LOGS')).toBe(true);
  });

  it.each([
    'nonsense',
    'http://[bad',
    '127.0.0.1:9999',
    'localhost:4318',
    'http://',
    'http://collector ',
    'ftp://collector',
  ])('rejects "%s"', (url) => {
    vi.stubEnv(ALL, url);
    expect(() => exportConfigured('TRACES')).toThrow(`${ALL} must be a URL`);
  });

  it('prefers the variable of the signal', () => {
    vi.stubEnv(ALL, 'nonsense');
    vi.stubEnv(TRACES, 'http://127.0.0.1:4318/v1/traces');
    expect(exportConfigured('TRACES')).toBe(true);
    vi.stubEnv(ALL, 'http://127.0.0.1:4318');
    vi.stubEnv(LOGS, 'nonsense');
    expect(() => exportConfigured('LOGS')).toThrow(`${LOGS} must be a URL`);
  });

  it('does not repeat an invalid value, which may include a password', () => {
    vi.stubEnv(ALL, 'user:hush@collector');
    expect(() => exportConfigured('LOGS')).not.toThrow(/hush/);
    expect(() => exportConfigured('LOGS')).toThrow(ALL);
  });
});
