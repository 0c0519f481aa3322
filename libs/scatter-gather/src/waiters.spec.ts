import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Waiters } from './waiters.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('all go on when they are woken, and leave no timer behind', async () => {
  const waiters = new Waiters();
  const waiting = [waiters.wait(1_000), waiters.wait(5_000)];
  waiters.wake();
  await Promise.all(waiting);
  expect(vi.getTimerCount()).toBe(0);
});

it('one whose time is over goes on alone', async () => {
  const waiters = new Waiters();
  const gone: string[] = [];
  void waiters.wait(10).then(() => gone.push('short'));
  void waiters.wait(1_000).then(() => gone.push('long'));
  await vi.advanceTimersByTimeAsync(10);
  expect(gone).toEqual(['short']);
  waiters.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(gone).toEqual(['short', 'long']);
});
