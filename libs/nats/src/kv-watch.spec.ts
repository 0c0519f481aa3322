import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type NatsServer, nextStatus, startNats } from '../../../test/cluster/nats-server.js';
import { KvWatch } from './kv-watch.js';
import { ensureBucket, keySubject } from './streams.js';

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

it('drops a session that a reconnect overtakes', { timeout: 30_000 }, async () => {
  await ensureBucket(connection, { bucket: 'B' });
  const put = (key: string) => jetstream(connection).publish(keySubject('B', key), '{}');
  await put('a');
  const events: string[] = [];
  const watch = new KvWatch(connection, 'B', '>', {
    onBegin: () => events.push('begin'),
    onEntry: ({ key }) => events.push(key),
    onComplete: () => events.push('complete'),
  });
  await watch.start();
  await vi.waitFor(() => expect(events).toEqual(['begin', 'a', 'complete']), eventually);

  // The session ends, and the connection comes back while the next session creates its consumer.
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

  await vi.waitFor(() => expect(events.filter((one) => one === 'complete')).toHaveLength(2), eventually);
  await put('b');
  await vi.waitFor(() => expect(events).toContain('b'), eventually);
  expect(events).toEqual(['begin', 'a', 'complete', 'begin', 'complete', 'b', 'complete']);
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
