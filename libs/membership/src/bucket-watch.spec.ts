import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { nextStatus } from '../../../test/cluster/next-status.js';
import { subjectOf } from './bucket.js';
import { BucketWatch } from './bucket-watch.js';
import { ensureBucket } from './index.js';

const eventually = { timeout: 10_000, interval: 20 };
let nats: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

it('counts nothing of a beginning that a reconnect overtakes', { timeout: 30_000 }, async () => {
  await ensureBucket(connection, { bucket: 'B' });
  const put = (key: string) => jetstream(connection).publish(subjectOf('B', key), '{}');
  await put('a');
  const told: string[] = [];
  const watch = new BucketWatch(connection, 'B', '>', {
    onBegin: () => told.push('begin'),
    onEntry: ({ key }) => told.push(key),
    onComplete: () => told.push('complete'),
  });
  await watch.start();
  await vi.waitFor(() => expect(told).toEqual(['begin', 'a', 'complete']), eventually);

  // The session ends of itself, and the next has its consumer but no time to use it before the connection comes back.
  const { consumers } = watch['jetstream'];
  const get = consumers.get.bind(consumers);
  const overtaken = Promise.withResolvers<void>();
  const answers = vi.spyOn(consumers, 'get').mockImplementationOnce(async (...asked) => {
    const consumer = await get(...asked);
    await overtaken.promise;
    return consumer;
  });
  watch['session']!.messages.stop();
  await vi.waitFor(() => expect(answers).toHaveBeenCalledOnce(), eventually);
  const reconnected = nextStatus(connection, 'reconnect');
  await connection.reconnect();
  await reconnected;
  overtaken.resolve();

  await vi.waitFor(() => expect(told.filter((one) => one === 'complete')).toHaveLength(2), eventually);
  await put('b');
  await vi.waitFor(() => expect(told).toContain('b'), eventually);
  expect(told).toEqual(['begin', 'a', 'complete', 'begin', 'complete', 'b', 'complete']);
  await vi.waitFor(async () => expect(await consumersInUse()).toBe(1), eventually);
  watch.stop();
  await vi.waitFor(async () => expect(await consumersInUse()).toBe(0), eventually);
});

async function consumersInUse(): Promise<number> {
  const { consumers } = await jetstreamManager(connection);
  let inUse = 0;
  for await (const { num_waiting } of consumers.list('KV_B')) if (num_waiting > 0) inUse++;
  return inUse;
}
