import { describe, expect, it } from 'vitest';
import { backoffMs } from './connection.js';

describe('backoffMs', () => {
  it('doubles the delay after each failure, up to eight seconds', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoffMs(failures, 0));
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
  });

  it('adds up to a fifth of jitter', () => {
    expect(backoffMs(3, 0.999)).toBe(1200);
  });
});
