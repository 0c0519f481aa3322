import { connect, type NatsConnection } from '@nats-io/transport-node';
import { INVALIDATION_SUBJECT, type RootAnswer } from '@shoal/contracts';
import type { Faults } from '@shoal/runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../../test/cluster/nats-server.js';
import { ResultCache } from './result-cache.js';
import type { FromRoot } from './found.js';

let server: NatsServer;
let connection: NatsConnection;
let cache: ResultCache;

beforeAll(async () => {
  server = await startNats();
  connection = await connect({ servers: server.url, reconnectTimeWait: 20 });
});
afterAll(async () => {
  await connection.close();
  await server.stop();
});
beforeEach(() => {
  cache = new ResultCache(connection, { on: () => false } as unknown as Faults);
  cache.onModuleInit();
});
afterEach(() => cache.onApplicationShutdown());

function answer(hits: string, more: { degraded?: boolean; status?: RootAnswer['status'] } = {}): FromRoot {
  const { degraded = false, status = 200 } = more;
  const shards = { total: 1, answered: degraded ? 0 : 1, timedOut: 0, failed: 0 };
  const coverage = { degraded, shards, documents: { searched: 1, total: 1 } };
  const rest = { total: 1, statisticsVersion: 1, epoch: 1, rootMs: 1, shards: [] };
  return { root: 'root-0', traceparent: '', hits, answer: { status, coverage, ...rest } };
}

const noRoot = () => Promise.reject(new Error('no root'));

/** Tells, as the indexer does, that the log has grown; resolves once the cache has heard it. */
async function advance(): Promise<void> {
  connection.publish(INVALIDATION_SUBJECT, '{}');
  await connection.flush();
}

describe('the answer cache, when the broker', () => {
  it('is silent, passes over what it has, and leaves the rest of the time to ask', async () => {
    await cache.get('q', 1_000, () => Promise.resolve(answer('[1]')));
    server.pause();
    try {
      const ask = vi.fn<(budgetMs: number) => Promise<FromRoot>>().mockResolvedValue(answer('[2]'));
      expect(await cache.get('q', 100, ask)).toEqual({ found: answer('[2]'), cache: 'miss' });
      expect(ask.mock.calls[0]![0]).toBeLessThanOrEqual(51);
    } finally {
      server.resume();
    }
  });

  it('was lost, forgets what it has: news may have been lost with it', async () => {
    await cache.get('q', 1_000, () => Promise.resolve(answer('[1]')));
    await connection.reconnect();
    await vi.waitFor(() => connection.flush(), 5_000);
    expect((await cache.get('q', 1_000, () => Promise.resolve(answer('[2]')))).cache).toBe('miss');
  });
});

describe('the answer cache', () => {
  it('asks once for a question that is asked again', async () => {
    const ask = vi.fn<() => Promise<FromRoot>>().mockResolvedValue(answer('[1]'));
    expect(await cache.get('q', 1_000, ask)).toEqual({ found: answer('[1]'), cache: 'miss' });
    expect(await cache.get('q', 1_000, ask)).toEqual({ found: answer('[1]'), cache: 'hit' });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('asks once for many who ask at the same moment', async () => {
    const { promise, resolve } = Promise.withResolvers<FromRoot>();
    const ask = vi.fn<() => Promise<FromRoot>>().mockReturnValue(promise);
    const all = [1, 2, 3].map(() => cache.get('q', 1_000, ask));
    // Before they join they hear the news, by a ping that begins in a later turn.
    await new Promise(setImmediate);
    for (let pings = 0; pings < 2; pings++) await connection.flush();
    resolve(answer('[1]'));
    expect((await Promise.all(all)).map(({ cache: result }) => result)).toEqual(['miss', 'joined', 'joined']);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('forgets all answers when the log advances', async () => {
    await cache.get('q', 1_000, () => Promise.resolve(answer('[1]')));
    await advance();
    const { found } = await cache.get('q', 1_000, () => Promise.resolve(answer('[2]')));
    expect(found.hits).toBe('[2]');
  });

  it('does not keep an answer that was on its way when the log advanced, nor give it to those who ask then', async () => {
    const { promise, resolve } = Promise.withResolvers<FromRoot>();
    const old = cache.get('q', 1_000, () => promise);
    await advance();
    const fresh = await cache.get('q', 1_000, () => Promise.resolve(answer('[new]')));
    resolve(answer('[old]'));
    expect((await old).found.hits).toBe('[old]');
    expect(fresh.found.hits).toBe('[new]');
    expect((await cache.get('q', 1_000, () => promise)).found.hits).toBe('[new]');
  });

  it.each([
    ['degraded', answer('[]', { degraded: true })],
    ['failed', answer('[]', { status: 503 })],
  ])('does not keep a %s answer', async (_, bad) => {
    await cache.get('q', 1_000, () => Promise.resolve(bad));
    const { found, cache: result } = await cache.get('q', 1_000, () => Promise.resolve(answer('[1]')));
    expect([found.hits, result]).toEqual(['[1]', 'miss']);
  });

  it('passes an error on to all who wait for it, and asks anew after it', async () => {
    const asked = [cache.get('q', 1_000, noRoot), cache.get('q', 1_000, noRoot)];
    await expect(Promise.allSettled(asked)).resolves.toMatchObject([
      { reason: { message: 'no root' } },
      { reason: { message: 'no root' } },
    ]);
    expect((await cache.get('q', 1_000, () => Promise.resolve(answer('[1]')))).cache).toBe('miss');
  });
});
