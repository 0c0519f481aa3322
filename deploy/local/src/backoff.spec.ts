import { expect, it } from 'vitest';
import { Backoff } from './backoff.js';

it('waits twice as long each time a process dies young, at most 5 s', () => {
  const backoff = new Backoff();
  expect(Array.from({ length: 8 }, () => backoff.next(50))).toEqual([
    100, 200, 400, 800, 1600, 3200, 5000, 5000,
  ]);
});

it('begins again after a process was well for 30 s', () => {
  const backoff = new Backoff();
  backoff.next(50);
  backoff.next(29_999);
  expect(backoff.next(30_000)).toBe(100);
});
