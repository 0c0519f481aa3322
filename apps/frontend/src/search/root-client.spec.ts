import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import {
  ROOTS_BUCKET,
  rootSubject,
  SCHEMA_VERSION,
  type RootBatch,
  type RootRequest,
} from '@shoal/contracts';
import { ensureBucket } from '@shoal/nats';
import type { LegAttempt } from '@shoal/scatter-gather';
import type { Faults } from '@shoal/runtime';
import { createRegistry } from '@shoal/telemetry';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type NatsServer, nextStatus, startNats } from '../../../../test/cluster/nats-server.js';
import { startProxy } from '../../../../test/cluster/tcp-proxy.js';
import { RootClient } from './root-client.js';
import { SearchMetrics } from './search.metrics.js';

let nats: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  await ensureBucket(connection, { bucket: ROOTS_BUCKET });
  for (const root of ['root-0', 'root-1'])
    await jetstream(connection).publish(`$KV.${ROOTS_BUCKET}.${root}`, JSON.stringify({ v: SCHEMA_VERSION }));
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

async function frontend(connected = connection) {
  const registry = createRegistry({ service: 'frontend', instance: 'frontend-0' });
  const roots = new RootClient(connected, new SearchMetrics(registry), {
    on: () => false,
  } as unknown as Faults);
  await roots.onModuleInit();
  const granted = async () => {
    const metric = await registry.getSingleMetric('shoal_search_retries_total')!.get();
    return metric.values.find(({ labels }) => labels.granted === 'true')?.value ?? 0;
  };
  return { roots, granted };
}

/** A root that answers each request alike. */
function answering(root: string, status: () => number): Subscription {
  return connection.subscribe(rootSubject.query(root), {
    callback: (_, message) => {
      const coverage = { shards: { total: 1, answered: 0, timedOut: 0, failed: 1 } };
      const answers = message.json<RootBatch>().requests.map(() => ({ status: status(), coverage }));
      const hits = answers.map(() => '[]');
      message.respond([JSON.stringify({ v: SCHEMA_VERSION, root, answers }), ...hits].join('\n'));
    },
  });
}

const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-00`;
const request = { budgetMs: 1_000, size: 10, traceparent } as RootRequest;

/** What it is told that is not answered, and how long that took. */
async function rejection(asking: Promise<unknown>): Promise<{ detail: string; ms: number }> {
  const began = performance.now();
  const detail = await asking.then(
    () => 'answered',
    (error: Error) => error.message,
  );
  return { detail, ms: performance.now() - began };
}

it('looks again for a root that nobody could reach, and finds it', async () => {
  const { roots, granted } = await frontend();
  const asking = roots.send(request);
  await vi.waitFor(async () => expect(await granted()).toBeGreaterThanOrEqual(2));
  const root = answering('root-0', () => 200);
  expect((await asking).root).toBe('root-0');
  root.unsubscribe();
});

it('asks another root at once when one reaches no shard', async () => {
  const { roots, granted } = await frontend();
  const both = [answering('root-0', () => 503), answering('root-1', () => 200)];
  const asked: LegAttempt[] = [];
  // Sooner or later its turn comes.
  while (asked.length < 2) {
    asked.splice(0);
    expect((await roots.send(request, asked)).root).toBe('root-1');
  }
  expect(asked[0]).toMatchObject({ replica: 'root-0', outcome: 'rejected', detail: 'it reaches no shard' });
  expect(await granted()).toBeGreaterThan(0);
  for (const root of both) root.unsubscribe();
});

it('asks again when for a moment no root reaches a shard', async () => {
  const { roots } = await frontend();
  let rejections = 3;
  const both = ['root-0', 'root-1'].map((name) => answering(name, () => (rejections-- > 0 ? 503 : 200)));
  expect((await roots.send({ ...request, budgetMs: 10_000 })).answer.status).toBe(200);
  for (const root of both) root.unsubscribe();
});

it('passes on that no shard answered when there is no time for another answer, or for most of the retries', async () => {
  const { roots, granted } = await frontend();
  const asked = vi.fn<() => number>(() => 503);
  const both = ['root-0', 'root-1'].map((name) => answering(name, asked));
  const advice = { detail: 'no shard answered: try again in a few seconds' };
  // Where the machine stands still for a moment, no root answers in time.
  await vi.waitFor(async () => {
    asked.mockClear();
    expect(await rejection(roots.send({ ...request, budgetMs: 90 }))).toMatchObject(advice);
    expect(asked.mock.calls.length).toBeLessThanOrEqual(3);
  });
  expect(await rejection(roots.send({ ...request, budgetMs: 60_000 }))).toMatchObject(advice);
  expect(await granted()).toBeLessThan(40);
  for (const root of both) root.unsubscribe();
});

it('looks again only as often as the budget for retries allows, and rejects the rest at once', async () => {
  const { roots, granted } = await frontend();
  const rejections = await Promise.all(Array.from({ length: 200 }, () => rejection(roots.send(request))));
  for (const { detail } of rejections) expect(detail).toMatch(/no root can answer now: try again/);
  expect(await granted()).toBeLessThanOrEqual(60);
  expect(rejections.filter(({ ms }) => ms < 500).length).toBeGreaterThan(100);
});

it('waits for its way back to the broker, however many wait, and spends no retries on it', async () => {
  const proxy = await startProxy(nats.url);
  const lonely = await connect({ servers: proxy.url, maxReconnectAttempts: -1, reconnectTimeWait: 300 });
  const { roots, granted } = await frontend(lonely);
  const root = answering('root-0', () => 200);
  const other = answering('root-1', () => 200);
  const disconnected = nextStatus(lonely, 'disconnect');
  proxy.heal();
  await disconnected;
  const answers = await Promise.all(Array.from({ length: 200 }, () => roots.send(request)));
  expect(new Set(answers.map(({ answer }) => answer.status))).toEqual(new Set([200]));
  expect(await granted()).toBe(0);
  for (const one of [root, other]) one.unsubscribe();
  await lonely.close();
  await proxy.stop();
});

it('says long before the deadline that it has lost the broker', async () => {
  const { roots } = await frontend();
  const disconnected = nextStatus(connection, 'disconnect');
  await nats.stop();
  await disconnected;
  const { detail, ms } = await rejection(roots.send({ ...request, budgetMs: 10_000 }));
  expect(detail).toMatch(/lost the message broker.*try again/);
  expect(ms).toBeLessThan(5_000);
});
