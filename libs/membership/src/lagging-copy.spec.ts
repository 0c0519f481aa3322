import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { nextStatus } from '../../../test/cluster/next-status.js';
import { ensureBucket, Roster, Watched, WatchedKeys } from './index.js';

interface State {
  load: number;
}

const eventually = { timeout: 10_000, interval: 20 };
const TTL_MS = 10_000;
const state = (load: number) => JSON.stringify({ load });

describe('a watch that begins again on a copy that lags behind', { timeout: 30_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  /** From when on consumers lie on the copy. */
  let lags: boolean;
  /** What the leader is said to have last, if it is not what it has. */
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

  /** A stream that plays the copy: what is published to `copy.KEY` has arrived there. */
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
  ])('keeps a value, and then takes the next, when the copy %s', async (_, arrived) => {
    const value = await Watched.open<State>(lagging(), { bucket: 'B', key: 'k' });
    const keys = await WatchedKeys.open<State>(lagging(), { bucket: 'B' });
    await publish('$KV.B.k', state(1));
    await publish('$KV.B.k', state(2));
    await vi.waitFor(() => expect([value.value, keys.entries().get('k')]).toEqual(both(2)), eventually);
    const told: unknown[] = [];
    value.onChange((now) => told.push(now));
    keys.onChange((_key, now) => told.push(now));

    await makeCopy(1);
    for (const load of [1, 2, 3].slice(0, arrived)) await publish('copy.k', state(load));
    await beginAgain();
    await vi.waitFor(async () => expect(await consumersOfCopy()).toBe(2), eventually);
    for (const load of [1, 2, 3].slice(arrived)) await publish('copy.k', state(load));
    await vi.waitFor(() => expect([value.value, keys.entries().get('k')]).toEqual(both(3)), eventually);
    expect(told).toEqual(both(3));
    value.close();
    keys.close();
  });

  it('goes back when the leader itself has lost what was told', async () => {
    const value = await Watched.open<State>(lagging(), { bucket: 'B', key: 'k' });
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

  it('loses no member that is heard, though it had left before', async () => {
    const roster = await Roster.open<State>(lagging(), { bucket: 'B', ttlMs: TTL_MS });
    await publish('$KV.B.a', state(1));
    await vi.waitFor(() => expect(roster.get('a')).toEqual({ load: 1 }), eventually);
    const told: string[] = [];
    roster.onChange((member, now) => told.push(`${member} ${now ? 'is there' : 'has left'}`));

    await makeCopy(100);
    const head = headers();
    head.set('KV-Operation', 'DEL');
    await jetstream(connection).publish('copy.a', '', { headers: head });
    await publish('copy.b', state(1));
    await beginAgain();
    await vi.waitFor(() => expect(roster.get('b')).toEqual({ load: 1 }), eventually);
    expect(told).toEqual(['b is there']);
    roster.close();
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
