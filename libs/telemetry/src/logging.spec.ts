import { Logger } from '@nestjs/common';
import * as fc from 'fast-check';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkLogLevel, JsonLogger, logLevel, LogRateLimiter, readableLines } from './logging.js';

describe('JsonLogger', () => {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  const create = () =>
    new JsonLogger({ service: 'root', instance: 'root-1' }, { destination, asDebug: ['Wiring'] });
  const logger = new Logger('Gather');

  beforeEach(() => {
    lines.length = 0;
    Logger.overrideLogger(create());
  });
  afterEach(() => {
    Logger.overrideLogger(false);
    vi.unstubAllEnvs();
  });

  it('writes one line with level, time, process and context', () => {
    logger.log('gathered');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
        'service.name': 'root',
        'service.instance.id': 'root-1',
        context: 'Gather',
        msg: 'gathered',
      },
    ]);
  });

  it('changes its level while running, and restores that of the environment', () => {
    const json = create();
    const levels = ['debug', 'error', undefined] as const;
    for (const level of levels) {
      json.setLevel(level);
      json.debug(`debug at ${level}`);
      json.log(`log at ${level}`);
    }
    expect(lines.map(({ msg }) => msg)).toEqual(['debug at debug', 'log at debug', 'log at undefined']);
  });

  it('writes the fields of an object as fields of the line', () => {
    logger.warn({ msg: 'shard missing', shard: 3 });
    expect(lines[0]).toMatchObject({ level: 'warn', context: 'Gather', msg: 'shard missing', shard: 3 });
  });

  it('writes an error with its stack, alone or beside a text', () => {
    logger.error(new Error('broken'));
    logger.error('gather failed', new Error('broken'));
    logger.error('gather failed', 'Error: at x.ts:1');
    const exception = {
      'exception.type': 'Error',
      'exception.message': 'broken',
      'exception.stacktrace': expect.stringContaining('logging.spec') as string,
    };
    expect(lines).toMatchObject([
      { level: 'error', msg: 'broken', ...exception, context: 'Gather' },
      { level: 'error', msg: 'gather failed', ...exception, context: 'Gather' },
      {
        level: 'error',
        msg: 'gather failed',
        'exception.stacktrace': 'Error: at x.ts:1',
        context: 'Gather',
      },
    ]);
  });

  it('writes the causes of an error', () => {
    logger.error(new Error('broken', { cause: new Error('the disk is full') }));
    expect(lines[0]!['exception.stacktrace']).toMatch(/broken[^]*caused by: Error: the disk is full/);
  });

  it('writes the ids of the active span only within one', () => {
    const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    context.with(trace.setSpanContext(context.active(), span), () => logger.log('inside'));
    logger.log('outside');
    context.disable();
    expect(lines[0]).toMatchObject({ trace_id: span.traceId, span_id: span.spanId });
    expect(Object.keys(lines[1]!)).not.toContain('trace_id');
  });

  it('logs the lines of some contexts as debug, whatever their level', () => {
    new Logger('Wiring').error('hidden');
    expect(lines).toEqual([]);
  });

  it('limits the warnings of one context, and counts the suppressed ones', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    for (let i = 0; i < 1_000; i++) logger.warn(`no response to query ${i}`);
    new Logger('Other').warn('written');
    logger.error('written');
    expect(lines).toHaveLength(102);
    vi.advanceTimersByTime(10_000);
    logger.warn('no response');
    vi.useRealTimers();
    expect(lines.at(-1)).toMatchObject({ msg: 'no response', left_out: 900 });
  });

  it('follows LOG_LEVEL, and logs info without it', () => {
    logger.debug('hidden');
    vi.stubEnv('LOG_LEVEL', 'debug');
    Logger.overrideLogger(create());
    logger.debug('shown');
    expect(lines.map(({ msg }) => msg)).toEqual(['shown']);
  });
});

describe('LOG_LEVEL', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])('accepts %s', (level) => {
    vi.stubEnv('LOG_LEVEL', level);
    checkLogLevel();
    expect(logLevel()).toBe(level);
  });

  it.each([undefined, ''])('defaults to info when it is %j', (level) => {
    vi.stubEnv('LOG_LEVEL', level);
    checkLogLevel();
    expect(logLevel()).toBe('info');
  });

  it.each(['bogus', 'INFO', '30', 'two\nlines'])('rejects %j in one line with the valid levels', (level) => {
    vi.stubEnv('LOG_LEVEL', level);
    expect(logLevel()).toBe('info');
    expect(checkLogLevel).toThrow(
      `cannot start: LOG_LEVEL is ${JSON.stringify(level)}; it must be one of trace, debug, info, warn, error, fatal, silent`,
    );
  });
});

describe('LogRateLimiter', () => {
  it('limits the lines in any time span and loses no count', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.constantFrom('a', 'b')), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), steps, (burst, steps) => {
        let now = 0;
        const perSecond = 10;
        const limiter = new LogRateLimiter(perSecond, burst, () => now);
        const reported: Record<string, number> = { a: 0, b: 0 };
        const logged: Record<string, number> = { a: 0, b: 0 };
        const passedAt: Record<string, number[]> = { a: [], b: [] };
        for (const [waitMs, kind] of steps) {
          now += waitMs;
          logged[kind]!++;
          const suppressed = limiter.admit(kind);
          if (suppressed === null) continue;
          passedAt[kind]!.push(now);
          reported[kind]! += 1 + suppressed;
          expect(reported[kind]).toBe(logged[kind]);
        }
        for (const times of Object.values(passedAt))
          for (const at of times)
            expect(times.filter((other) => other >= at && other <= at + 100).length).toBeLessThanOrEqual(
              burst + 0.1 * perSecond + 1e-6,
            );
      }),
    );
  });

  it('limits each kind by itself', () => {
    let now = 0;
    const limiter = new LogRateLimiter(100, 1, () => now);
    expect(['a', 'b', 'a', 'a'].map((kind) => limiter.admit(kind))).toEqual([0, 0, null, null]);
    now = 10;
    expect(limiter.admit('a')).toBe(2);
  });
});

describe('readableLines', () => {
  const line = {
    level: 'warn',
    time: '2026-08-01T17:31:46.857Z',
    'service.name': 'root',
    'service.instance.id': 'root-0',
    context: 'gather',
    shard: 3,
    msg: 'shard missing',
  };

  it('formats time, level, context and text, then the fields', async () => {
    const readable = await readableLines();
    const text = readable(`${JSON.stringify(line)}\n`);
    expect(text).toBe('17:31:46.857 WARN: [gather] shard missing\n    shard: 3\n');
  });

  it('formats the stack over several lines', async () => {
    const readable = await readableLines();
    const text = readable(`${JSON.stringify({ ...line, 'exception.stacktrace': 'Error: x\n  at y' })}\n`);
    expect(text).toContain('    exception.stacktrace: Error: x\n      at y\n');
  });
});
