import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Signal } from './connection.js';

describe('Signal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('resumes all waiters when it is notified, and leaves no timer', async () => {
    const signal = new Signal();
    const waiting = [signal.wait(1_000), signal.wait(5_000)];
    signal.notifyAll();
    await Promise.all(waiting);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('resumes one waiter when its time is over', async () => {
    const signal = new Signal();
    const gone: string[] = [];
    void signal.wait(10).then(() => gone.push('short'));
    void signal.wait(1_000).then(() => gone.push('long'));
    await vi.advanceTimersByTimeAsync(10);
    expect(gone).toEqual(['short']);
    signal.notifyAll();
    await vi.advanceTimersByTimeAsync(0);
    expect(gone).toEqual(['short', 'long']);
  });
});
