import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { nextStatus } from '../../../test/cluster/nats-server.js';
import { ensureBucket, WatchedKeys, WatchedValue } from './index.js';

interface State {
  load: number;
}

const eventually = { timeout: 10_000, interval: 20 };
const state = (load: number) => JSON.stringify({ load });

describe('a watch that begins again on a lagging copy', { timeout: 30_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  /** Whether new consumers read the copy. */
  let lags: boolean;
  /** Last sequence that the leader reports, if it is not the true one. */
  let lastOfLeader: number | undefined;

  beforeEach(async () => {
    [lags, lastOfLeader] = [false, undefined];
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    await ensureBucket(connection, { bucket: 'B' });
  });
  afterEach(async () => {
    await connection.close();
    await nats.stop();
  });

  /** Creates a stream that plays the copy: messages published to `copy.KEY` have arrived there. */
  const makeCopy = async (first_seq: number) => {
    const { streams } = await jetstreamManager(connection);
    const subject_transform = { src: 'copy.*', dest: '$KV.B.{{wildcard(1)}}' };
    await streams.add({ name: 'COPY', subjects: ['copy.*'], subject_transform, first_seq });
  };
  const publish = (subject: string, json: string) => jetstream(connection).publish(subject, json);

  const lagging = (): NatsConnection => {
    const request = async (subject: string, payload: Uint8Array, options: never): Promise<Msg> => {
      if (lags && subject.startsWith('$JS.API.CONSUMER.CREATE.KV_B')) {
        const onCopy = Buffer.from(payload).toString().replace('"KV_B"', '"COPY"');
        return connection.request(subject.replace('KV_B', 'COPY'), onCopy, options);
      }
      const reply = await connection.request(subject, payload, options);
      if (lastOfLeader === undefined || subject !== '$JS.API.STREAM.INFO.KV_B') return reply;
      const info = reply.json<{ state: { last_seq: number } }>();
      info.state.last_seq = lastOfLeader;
      return overriding(reply, { data: Buffer.from(JSON.stringify(info)) });
    };
    return overriding(connection, { request });
  };
  const beginAgain = async () => {
    lags = true;
    const reconnected = nextStatus(connection, 'reconnect');
    await connection.reconnect();
    await reconnected;
  };

  it.each([
    ['is older', 1],
    ['is empty', 0],
  ])('keeps its value until the next one when the copy %s', async (_, arrived) => {
    const value = await WatchedValue.open<State>(lagging(), { bucket: 'B', key: 'k' });
    const keys = await WatchedKeys.open<State>(lagging(), { bucket: 'B' });
    await publish('$KV.B.k', state(1));
    await publish('$KV.B.k', state(2));
    await vi.waitFor(() => expect([value.value, keys.entries().get('k')]).toEqual(both(2)), eventually);
    const delivered: unknown[] = [];
    value.onChange((now) => delivered.push(now));
    keys.onChange((_key, now) => delivered.push(now));

    await makeCopy(1);
    for (const load of [1, 2, 3].slice(0, arrived)) await publish('copy.k', state(load));
    await beginAgain();
    await vi.waitFor(async () => expect(await consumersOfCopy()).toBe(2), eventually);
    for (const load of [1, 2, 3].slice(arrived)) await publish('copy.k', state(load));
    await vi.waitFor(() => expect([value.value, keys.entries().get('k')]).toEqual(both(3)), eventually);
    expect(delivered).toEqual(both(3));
    value.close();
    keys.close();
  });

  it('goes back when the leader has lost the newest entry', async () => {
    const value = await WatchedValue.open<State>(lagging(), { bucket: 'B', key: 'k' });
    const keys = await WatchedKeys.open<State>(lagging(), { bucket: 'B' });
    await publish('$KV.B.k', state(1));
    await publish('$KV.B.k', state(2));
    await vi.waitFor(() => expect([value.value, keys.entries().get('k')]).toEqual(both(2)), eventually);
    await makeCopy(1);
    await publish('copy.k', state(1));
    lastOfLeader = 1;
    await beginAgain();
    await vi.waitFor(() => expect([value.value, keys.entries().get('k')]).toEqual(both(1)), eventually);
    expect(value.revision).toBe(1);
    value.close();
    keys.close();
  });

  async function consumersOfCopy(): Promise<number> {
    const { consumers } = await jetstreamManager(connection);
    let asked = 0;
    for await (const { num_waiting } of consumers.list('COPY')) if (num_waiting > 0) asked++;
    return asked;
  }
});

const both = (load: number): State[] => [{ load }, { load }];

function overriding<T extends object>(original: T, overrides: object): T {
  return new Proxy(original, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in overrides ? overrides : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
