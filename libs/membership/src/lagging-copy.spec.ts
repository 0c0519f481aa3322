import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { ensureBucket } from '@shoal/nats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, nextStatus, startNats } from '../../../test/cluster/nats-server.js';
import { Roster } from './index.js';

interface State {
  load: number;
}

const eventually = { timeout: 10_000, interval: 20 };
const TTL_MS = 10_000;
const state = (load: number) => JSON.stringify({ load });

describe('a roster whose watch begins again on a copy that lags behind', { timeout: 30_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  /** From when on consumers lie on the copy. */
  let lags: boolean;

  beforeEach(async () => {
    lags = false;
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
      return connection.request(subject, payload, options);
    };
    return overriding(connection, { request });
  };
  const beginAgain = async () => {
    lags = true;
    const reconnected = nextStatus(connection, 'reconnect');
    await connection.reconnect();
    await reconnected;
  };

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
});

function overriding<T extends object>(original: T, overrides: object): T {
  return new Proxy(original, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in overrides ? overrides : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
