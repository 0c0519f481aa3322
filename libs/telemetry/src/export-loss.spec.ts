import { Logger } from '@nestjs/common';
import { globalErrorHandler } from '@opentelemetry/core';
import { afterEach, expect, it, vi } from 'vitest';
import { sayWhatIsLost } from './export-loss.js';

afterEach(() => {
  Logger.overrideLogger(false);
  vi.useRealTimers();
});

it('says once a minute that something is lost, and why, whoever loses it', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const said: unknown[] = [];
  Logger.overrideLogger({ log() {}, error() {}, warn: (text: unknown) => void said.push(text) });
  const lost = 'spans or logs are lost, the collector does not take them';
  sayWhatIsLost();
  globalErrorHandler(new Error('connect ECONNREFUSED'));
  sayWhatIsLost();
  globalErrorHandler(new Error('connect ECONNREFUSED'));
  vi.advanceTimersByTime(59_999);
  globalErrorHandler(new Error('connect ECONNREFUSED'));
  expect(said).toEqual([`${lost}: connect ECONNREFUSED`]);
  vi.advanceTimersByTime(1);
  // Node's error when a name has two addresses and neither answers: it has no text of its own.
  globalErrorHandler(new AggregateError([]));
  expect(said.slice(1)).toEqual([`${lost}: AggregateError`]);
});
