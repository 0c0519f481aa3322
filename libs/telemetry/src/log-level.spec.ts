import { afterEach, expect, it, vi } from 'vitest';
import { checkLogLevel, logLevel } from './log-level.js';

afterEach(() => vi.unstubAllEnvs());

it.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])('LOG_LEVEL may be %s', (level) => {
  vi.stubEnv('LOG_LEVEL', level);
  checkLogLevel();
  expect(logLevel()).toBe(level);
});

it.each([undefined, ''])('LOG_LEVEL=%j is info', (level) => {
  vi.stubEnv('LOG_LEVEL', level);
  checkLogLevel();
  expect(logLevel()).toBe('info');
});

it.each(['bogus', 'INFO', '30', 'two\nlines'])(
  'LOG_LEVEL=%j is rejected in one line that says what it may be',
  (level) => {
    vi.stubEnv('LOG_LEVEL', level);
    expect(logLevel()).toBe('info');
    expect(checkLogLevel).toThrow(
      `cannot start: LOG_LEVEL is ${JSON.stringify(level)}; it must be one of trace, debug, info, warn, error, fatal, silent`,
    );
  },
);
