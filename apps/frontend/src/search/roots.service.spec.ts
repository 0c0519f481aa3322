import { jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { ROOTS_BUCKET, rootSubject, SCHEMA_VERSION, type RootRequest } from '@shoal/contracts';
import { ensureBucket } from '@shoal/membership';
import type { Faults } from '@shoal/service';
import { createRegistry, type Tracing } from '@shoal/telemetry';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../../test/support/nats-server.js';
import { startProxy } from '../../../../test/support/tcp-proxy.js';
import { RootsService } from './roots.service.js';
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
  const roots = new RootsService(
    connected,
    new SearchMetrics(registry),
    {
      on: () => false,
    } as unknown as Faults,
    { recording: false } as Tracing,
  );
  await roots.onModuleInit();
  const granted = async () => {
    const metric = await registry.getSingleMetric('shoal_search_retries_total')!.get();
    return metric.values.find(({ labels }) => labels.granted === 'true')?.value ?? 0;
  };
  return { roots, granted };
}
function answering(root: string, status: () => number): Subscription {
  return connection.subscribe(rootSubject.ask(root), {
    callback: (_, message) => {
      const reply = { v: SCHEMA_VERSION, root, answers: [{ status: status() }] };
      message.respond(`${JSON.stringify(reply)}\n[]`);
    },
  });
}
const request = { budgetMs: 1_000, size: 10 } as RootRequest;
async function statusOf(connected: NatsConnection, awaited: string): Promise<void> {
  for await (const { type } of connected.status()) if (type === awaited) return;
}

/** What it is told that is not answered, and how long that took. */
async function refusal(asking: Promise<unknown>): Promise<{ detail: string; ms: number }> {
  const began = performance.now();
  const detail = await asking.then(
    () => 'answered',
    (error: Error) => error.message,
  );
  return { detail, ms: performance.now() - began };
}

it('looks again for a root that nobody could reach, and finds it', async () => {
  const { roots, granted } = await frontend();
  const asking = roots.ask(request);
  await vi.waitFor(async () => expect(await granted()).toBeGreaterThanOrEqual(2));
  const root = answering('root-0', () => 200);
  expect((await asking).root).toBe('root-0');
  root.unsubscribe();
});

it('asks another root when one reaches no shard', async () => {
  const { roots } = await frontend();
  const [cutOff, well] = [vi.fn<() => number>(() => 503), vi.fn<() => number>(() => 200)];
  const both = [answering('root-0', cutOff), answering('root-1', well)];
  // Sooner or later its turn comes.
  while (cutOff.mock.calls.length === 0) expect((await roots.ask(request)).root).toBe('root-1');
  for (const root of both) root.unsubscribe();
});

it('asks again when for a moment no root reaches a shard', async () => {
  const { roots } = await frontend();
  let refusals = 3;
  const both = ['root-0', 'root-1'].map((name) => answering(name, () => (refusals-- > 0 ? 503 : 200)));
  expect((await roots.ask(request)).answer.status).toBe(200);
  for (const root of both) root.unsubscribe();
});

it("passes a root's refusal on when there is no time for another answer", async () => {
  const { roots, granted } = await frontend();
  const both = ['root-0', 'root-1'].map((name) => answering(name, () => 503));
  const { answer } = await roots.ask({ ...request, budgetMs: 40 });
  expect(answer.status).toBe(503);
  expect(await granted()).toBe(0);
  for (const root of both) root.unsubscribe();
});

it('looks again only as often as the budget for retries allows, and refuses the rest at once', async () => {
  const { roots, granted } = await frontend();
  const refusals = await Promise.all(Array.from({ length: 200 }, () => refusal(roots.ask(request))));
  for (const { detail } of refusals) expect(detail).toMatch(/no root can answer now: try again/);
  expect(await granted()).toBeLessThanOrEqual(60);
  expect(refusals.filter(({ ms }) => ms < 500).length).toBeGreaterThan(100);
});

it('waits for its way back to the broker, for most of a second', async () => {
  const proxy = await startProxy(nats.url);
  const lonely = await connect({ servers: proxy.url, maxReconnectAttempts: -1, reconnectTimeWait: 550 });
  const { roots } = await frontend(lonely);
  const root = answering('root-0', () => 200);
  const disconnected = statusOf(lonely, 'disconnect');
  proxy.heal();
  await disconnected;
  expect((await roots.ask({ ...request, budgetMs: 10_000 })).root).toBe('root-0');
  root.unsubscribe();
  await lonely.close();
  await proxy.stop();
});

it('says long before the deadline that it has lost the broker', async () => {
  const { roots } = await frontend();
  const disconnected = statusOf(connection, 'disconnect');
  await nats.stop();
  await disconnected;
  const { detail, ms } = await refusal(roots.ask({ ...request, budgetMs: 10_000 }));
  expect(detail).toMatch(/lost the message broker.*try again/);
  expect(ms).toBeLessThan(5_000);
});
