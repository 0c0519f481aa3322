import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../deploy/local/src/ports.ts';
import { natsLogRecord } from '../../libs/nats-log/src/nats-log-record.ts';
import { fileCollector } from '../cluster/file-collector.ts';
import { startNats } from '../cluster/nats-server.ts';
import { logRecordsOf } from '../cluster/otlp-logs.ts';
import { startOtlpSink, type OtlpSink } from '../cluster/otlp-sink.ts';
import { until } from '../cluster/until.ts';

const CONFIGURATIONS = path.resolve(import.meta.dirname, '../../deploy/observability');
const LINES = [
  '[7] 2026/11/21 17:31:24.123456 [INF] Server is ready',
  '[7] 2026/11/21 17:31:24.123457 [INF]   Version:  2.15.2',
  '[7] 2026/11/21 17:31:24.123458 [INF]     _ ___ _____ ___ _____ ___ ___   _   __  __',
  '[7] 2026/11/21 17:31:24.123459 [INF] ',
  '[7] 2026/11/21 17:31:24.123460 [INF] ähre',
  '[7] 2026/11/21 17:31:24.123461 [TRC] ->> [PING]',
  '[7] 2026/11/21 17:31:24.123462 [DBG] a client is there',
  '[7] 2026/11/21 17:31:24.123463 [WRN] ---',
  '[7] 2026/11/21 17:31:24.123464 [ERR] it is not there',
  '[7] 2026/11/21 17:31:24.123465 [FTL] no more',
  'goroutine 1 [running]:',
  '\tmain.main()',
];

let folder: string;
let file: string;
let sink: OtlpSink;
let collector: ChildProcess;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-nats-logs-'));
  file = path.join(folder, 'nats.log');
  sink = await startOtlpSink();
});
afterEach(async () => {
  await endCollector();
  await sink.stop();
  rmSync(folder, { recursive: true });
});

async function runCollector(): Promise<void> {
  const [otlp, health, metrics] = (await freePorts(3)) as [number, number, number];
  const files = ['sidecar.yaml', 'nats-logs.yaml'].map((name) => path.join(CONFIGURATIONS, name));
  const settings = ['encoding=json', 'compression=none', 'sending_queue.batch.flush_timeout=50ms'];
  const args = [
    ...files.flatMap((name) => ['--config', name]),
    ...settings.map((setting) => `--set=exporters.otlp_http.${setting}`),
  ];
  const env = {
    ...process.env,
    // Times are UTC wherever it runs.
    TZ: 'America/New_York',
    OTLP_LISTEN: `127.0.0.1:${otlp}`,
    HEALTH_LISTEN: `127.0.0.1:${health}`,
    METRICS_PORT: `${metrics}`,
    GATEWAY_URL: sink.url,
    STORAGE_DIR: path.join(folder, 'storage'),
    NATS_LOG_FILE: file,
    SHOAL_NAME: 'nats-1',
  };
  collector = spawn(fileCollector!, args, { env, stdio: 'ignore' });
  await until('the collector is healthy', async () => (await fetch(`http://127.0.0.1:${health}/`)).ok);
}

async function endCollector(): Promise<void> {
  if (!collector || collector.exitCode !== null || collector.signalCode !== null) return;
  const ended = once(collector, 'exit');
  collector.kill('SIGKILL');
  await ended;
}

const append = (...lines: string[]): void => appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
const bodies = () => logRecordsOf(sink).map(({ body }) => body);
/** Microseconds, as nats-server has them. */
const timeOf = (nanoseconds: string): string => {
  const [ms, rest] = [Number(nanoseconds.slice(0, -6)), nanoseconds.slice(-6, -3)];
  return new Date(ms).toISOString().replace('Z', `${rest}Z`);
};

describe.skipIf(!fileCollector)(
  'the logs of NATS, by a collector with the filelog receiver (if one is there)',
  () => {
    it('say what the adapter for its lines makes of them', async () => {
      append(...LINES);
      await runCollector();
      await until('all lines are there', () => logRecordsOf(sink).length >= LINES.length);
      const records = logRecordsOf(sink).map(
        ({ body, severityText, severityNumber, attributes, ...rest }) => ({
          body,
          severityText,
          severityNumber,
          pid: attributes['process.pid'],
          time: Number(rest.timeUnixNano) ? timeOf(rest.timeUnixNano) : undefined,
          attributes: Object.keys(attributes),
          resource: rest.resource,
        }),
      );
      const NUMBERS = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };
      expect(records).toEqual(
        LINES.map((line) => {
          const record = natsLogRecord(line, 'nats-1', new Date());
          const pid = record['process.pid'];
          return {
            body: record.msg,
            severityText: record.level,
            severityNumber: NUMBERS[record.level],
            // In JSON an integer of 64 bits is text.
            pid: pid === undefined ? undefined : `${pid}`,
            // What has none is only known by when it was read.
            time: pid === undefined ? undefined : record.time,
            attributes: pid === undefined ? [] : ['process.pid'],
            resource: expect.objectContaining({
              'service.name': record['service.name'],
              'service.instance.id': record['service.instance.id'],
            }) as object,
          };
        }),
      );
    });

    it('arrive once each, also those written while it was away, and in a file that was moved aside', async () => {
      // Of some length: files are told apart by their first thousand bytes.
      const lines = Array.from(
        { length: 60 },
        (_, i) => `[7] 2026/11/21 17:31:24.${100_000 + i} [INF] line ${i}`,
      );
      append(...lines.slice(0, 20));
      await runCollector();
      await until('the first are there', () => bodies().length >= 20);
      await endCollector();
      append(...lines.slice(20, 40));
      renameSync(file, `${file}.2026.11.21.17.31.25.000000000`);
      append(...lines.slice(40));
      await runCollector();
      await until('all are there', () => new Set(bodies()).size >= 60);
      expect(bodies()).toHaveLength(60);
      expect(new Set(bodies())).toEqual(new Set(lines.map((_, i) => `line ${i}`)));
    });

    it('are those of a server that runs', async () => {
      const server = await startNats({ args: ['--logtime_utc', '--log', file] });
      try {
        await runCollector();
        const ready = await until('it has said that it is ready', () =>
          logRecordsOf(sink).find(({ body }) => body === 'Server is ready'),
        );
        expect(ready.severityText).toBe('info');
        expect(ready.attributes['process.pid']).toBe(`${server.pid}`);
        expect(Math.abs(Date.now() - Number(ready.timeUnixNano.slice(0, -6)))).toBeLessThan(60_000);
        expect(logRecordsOf(sink).filter(({ severityText }) => severityText === 'error')).toEqual([]);
      } finally {
        await server.stop();
      }
    });
  },
);
