import { Logger } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JsonLogger } from './json-logger.js';

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

  it('changes its level while it is used, and goes back to that of the environment', () => {
    const json = create();
    const levels = ['debug', 'error', undefined] as const;
    for (const level of levels) {
      json.setLevel(level);
      json.debug(`debug at ${level}`);
      json.log(`log at ${level}`);
    }
    expect(lines.map(({ msg }) => msg)).toEqual(['debug at debug', 'log at debug', 'log at undefined']);
  });

  it('makes the fields of an object fields of the line', () => {
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
      'exception.stacktrace': expect.stringContaining('json-logger.spec') as string,
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

  it('names the causes of an error', () => {
    logger.error(new Error('broken', { cause: new Error('the disk is full') }));
    expect(lines[0]!['exception.stacktrace']).toMatch(/broken[^]*caused by: Error: the disk is full/);
  });

  it('has the ids of the active span, and none outside of one', () => {
    const span = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 };
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    context.with(trace.setSpanContext(context.active(), span), () => logger.log('inside'));
    logger.log('outside');
    context.disable();
    expect(lines[0]).toMatchObject({ trace_id: span.traceId, span_id: span.spanId });
    expect(Object.keys(lines[1]!)).not.toContain('trace_id');
  });

  it('takes the lines of some contexts for debug lines, whatever their level', () => {
    new Logger('Wiring').error('hidden');
    expect(lines).toEqual([]);
  });

  it('bounds what one context says of what goes wrong, and says how much it left out', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    for (let i = 0; i < 1_000; i++) logger.warn(`no answer to question ${i}`);
    new Logger('Other').warn('heard');
    logger.error('heard');
    expect(lines).toHaveLength(102);
    vi.advanceTimersByTime(10_000);
    logger.warn('no answer');
    vi.useRealTimers();
    expect(lines.at(-1)).toMatchObject({ msg: 'no answer', left_out: 900 });
  });

  it('keeps to LOG_LEVEL, and to info without it', () => {
    logger.debug('hidden');
    vi.stubEnv('LOG_LEVEL', 'debug');
    Logger.overrideLogger(create());
    logger.debug('shown');
    expect(lines.map(({ msg }) => msg)).toEqual(['shown']);
  });
});
