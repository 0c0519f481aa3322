import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JsonLogger } from './json-logger.js';

describe('JsonLogger', () => {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  const create = () => new JsonLogger({ service: 'root', instance: 'root-1' }, destination);
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

  it('makes the fields of an object fields of the line', () => {
    logger.warn({ msg: 'shard missing', shard: 3 });
    expect(lines[0]).toMatchObject({ level: 'warn', context: 'Gather', msg: 'shard missing', shard: 3 });
  });

  it('writes an error with its stack, alone or beside a text', () => {
    logger.error(new Error('broken'));
    logger.error('gather failed', new Error('broken'));
    logger.error('gather failed', 'Error: at x.ts:1');
    const err = {
      type: 'Error',
      message: 'broken',
      stack: expect.stringContaining('json-logger.spec') as string,
    };
    expect(lines).toMatchObject([
      { level: 'error', msg: 'broken', err, context: 'Gather' },
      { level: 'error', msg: 'gather failed', err, context: 'Gather' },
      { level: 'error', msg: 'gather failed', stack: 'Error: at x.ts:1', context: 'Gather' },
    ]);
  });

  it('keeps to LOG_LEVEL, and to info without it', () => {
    logger.debug('hidden');
    vi.stubEnv('LOG_LEVEL', 'debug');
    Logger.overrideLogger(create());
    logger.debug('shown');
    expect(lines.map(({ msg }) => msg)).toEqual(['shown']);
  });
});
