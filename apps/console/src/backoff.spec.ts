import { expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

it('waits twice as long after each failure, up to eight seconds', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoffMs(failures, 0));
  expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
});

it('waits up to a fifth longer by chance', () => {
  expect(backoffMs(3, 0.999)).toBe(1200);
});
