import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NatsLogRecord, natsLogRecord } from './nats-log-record.js';

const NOW = new Date('2026-08-02T00:00:00Z');
const record = (line: string) => natsLogRecord(line, 'nats-0', NOW);

const TAGS = ['TRC', 'DBG', 'INF', 'WRN', 'ERR', 'FTL'];
const digits = (max: number, length: number) =>
  fc.integer({ min: 0, max }).map((number) => String(number).padStart(length, '0'));
const natsLine = fc
  .record({
    pid: fc.integer({ min: 1, max: 4_000_000 }),
    date: fc.tuple(digits(9999, 4), digits(12, 2), digits(31, 2)),
    time: fc.tuple(digits(23, 2), digits(59, 2), digits(59, 2), digits(999_999, 6)),
    tag: fc.constantFrom(...TAGS),
    text: fc.string({ unit: 'binary' }),
  })
  .map(({ pid, date, time: [h, m, s, micros], tag, text }) => ({
    tag,
    line: `[${pid}] ${date.join('/')} ${h}:${m}:${s}.${micros} [${tag}] ${text}`,
  }));

/** The line that a record came from. */
function lineOf({ 'process.pid': pid, time, msg }: NatsLogRecord, tag: string): string {
  return `[${pid}] ${time.replace('T', ' ').replace('Z', '').replaceAll('-', '/')} [${tag}] ${msg}`;
}

describe('natsLogRecord', () => {
  it('reads a line of nats-server', () => {
    expect(record('[20750] 2026/08/01 17:31:33.254268 [INF] Server is ready')).toEqual({
      level: 'info',
      time: '2026-08-01T17:31:33.254268Z',
      'service.name': 'nats',
      'service.instance.id': 'nats-0',
      'process.pid': 20750,
      msg: 'Server is ready',
    });
  });

  it('loses nothing of any line of nats-server', () => {
    fc.assert(
      fc.property(natsLine, ({ line, tag }) => {
        expect(lineOf(record(line), tag)).toBe(line);
      }),
    );
  });

  it('keeps any other line whole, as an error at the time it was read', () => {
    const other = fc.string({ unit: 'binary' }).filter((line) => !/^\[\d+\] \d{4}\//.test(line));
    fc.assert(
      fc.property(other, (line) => {
        expect(record(line)).toMatchObject({ level: 'error', time: NOW.toISOString(), msg: line });
      }),
    );
    expect(record('nats-server: nats.conf:3:1: unknown field')).toMatchObject({ level: 'error' });
  });

  it.each([
    ['TRC', 'trace'],
    ['DBG', 'debug'],
    ['WRN', 'warn'],
    ['ERR', 'error'],
    ['FTL', 'fatal'],
  ])('takes %s for %s', (tag, level) => {
    expect(record(`[1] 2026/08/01 17:31:33.254268 [${tag}] Slow Consumer Detected`).level).toBe(level);
  });

  it.each([
    '    _ ___ _____ ___ _____ ___ ___   _   __  __',
    ' \\__/|___| |_| |___/ |_| |_|_\\',
    '',
    '-----',
  ])('takes %j, of the banner, for nothing that an operator looks for', (msg) =>
    expect(record(`[1] 2026/08/01 17:31:33.254268 [INF] ${msg}`)).toMatchObject({ level: 'debug', msg }),
  );
});
