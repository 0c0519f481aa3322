import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './request-server.js';

const room = (items: number) => ({ items, waitMs: Infinity });

describe('a bounded queue', () => {
  it('works in the order of arrival, one item a turn', async () => {
    const done: number[] = [];
    const queue = new BoundedQueue<number>(async (item) => void done.push(item), room(10));
    for (const item of [1, 2, 3]) queue.add(item);
    expect(done).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(done).toEqual([1]);
    await queue.idle();
    expect(done).toEqual([1, 2, 3]);
  });

  it('rejects items when it is full, and accepts more afterwards', async () => {
    const queue = new BoundedQueue<number>(() => Promise.resolve(), room(2));
    expect([1, 2, 3].map((item) => queue.add(item))).toEqual([true, true, false]);
    await queue.idle();
    expect(queue.add(4)).toBe(true);
  });

  it('rejects items while its oldest item has waited too long', async () => {
    const queue = new BoundedQueue<number>(() => Promise.resolve(), { items: 10, waitMs: 20 });
    expect(queue.add(1)).toBe(true);
    const arrived = performance.now();
    while (performance.now() - arrived <= 20) {
      // A blocked event loop keeps all items waiting.
    }
    expect(queue.add(2)).toBe(false);
    await queue.idle();
    expect(queue.add(3)).toBe(true);
  });

  it('applies a changed bound at the next arrival', () => {
    const bound = { items: 1, waitMs: Infinity };
    const queue = new BoundedQueue<number>(() => Promise.resolve(), bound);
    expect([queue.add(1), queue.add(2)]).toEqual([true, false]);
    bound.items = 2;
    expect(queue.add(3)).toBe(true);
  });

  it('becomes idle when the last item has ended', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const queue = new BoundedQueue<number>(() => promise, room(2));
    queue.add(1);
    let idle = false;
    const becoming = queue.idle().then(() => (idle = true));
    await new Promise((next) => setImmediate(() => setImmediate(next)));
    expect(idle).toBe(false);
    resolve();
    await becoming;
    expect(idle).toBe(true);
  });

  it('is idle when no item was ever added', async () => {
    await expect(new BoundedQueue(() => Promise.resolve(), room(1)).idle()).resolves.toBeUndefined();
  });
});
