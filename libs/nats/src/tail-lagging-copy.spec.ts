import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { ensureStream, Publisher, tail, type Tail } from './index.js';

const eventually = { timeout: 10_000, interval: 20 };
const CREATE = '$JS.API.CONSUMER.CREATE.LOG';
const DESCRIBE = '$JS.API.STREAM.INFO.LOG';

/** Changes that a lagging copy makes to a consumer's configuration and description. */
interface Lag {
  asked?(config: { opt_start_seq: number }): void;
  told?(info: { num_pending: number }): void;
  /** Changes the stream's description. */
  described?(stream: { state: { last_seq: number } }): void;
}

/** Returns the connection of a reader whose consumers read a copy that lags behind the leader. */
function lagging(connection: NatsConnection, { asked, told, described }: Lag): NatsConnection {
  const request = async (subject: string, payload: Uint8Array, options: never): Promise<Msg> => {
    if (subject === DESCRIBE) {
      const reply = await connection.request(subject, payload, options);
      const stream = reply.json<{ state: { last_seq: number } }>();
      described?.(stream);
      return overriding(reply, { data: Buffer.from(JSON.stringify(stream)) });
    }
    if (!subject.startsWith(CREATE)) return connection.request(subject, payload, options);
    const body = JSON.parse(Buffer.from(payload).toString()) as { config: { opt_start_seq: number } };
    asked?.(body.config);
    const reply = await connection.request(subject, JSON.stringify(body), options);
    const info = reply.json<{ num_pending: number }>();
    told?.(info);
    return overriding(reply, { data: Buffer.from(JSON.stringify(info)) });
  };
  return overriding(connection, { request });
}

function overriding<T extends object>(original: T, overrides: object): T {
  return new Proxy(original, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in overrides ? overrides : target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('a tail whose consumer reads a lagging copy', { timeout: 30_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  let following: Tail | undefined;

  beforeEach(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url });
    await ensureStream(connection, { kind: 'last-value', name: 'LOG', subjects: ['log.>'] });
    const publisher = new Publisher(connection);
    for (const subject of ['log.a.1', 'log.a.2', 'log.b.1']) await publisher.publish(subject, 'x');
  });
  afterEach(async () => {
    await following?.stop();
    await connection.close();
    await nats.stop();
  });

  const follow = async (lag: Lag, filters: string[]) => {
    const seen: number[] = [];
    /** Records that had arrived each time the tail had caught up. */
    const caughtUpWith: number[][] = [];
    const onError = vi.fn<(error: unknown) => void>();
    following = await tail(lagging(connection, lag), {
      stream: 'LOG',
      filters,
      onRecord: ({ sequence }) => seen.push(sequence),
      onCaughtUp: () => caughtUpWith.push([...seen]),
      onError,
    });
    return { seen, caughtUpWith, following, onError };
  };

  it('has caught up when it has the newest record of the leader', async () => {
    const { caughtUpWith, following } = await follow({ told: (info) => (info.num_pending = 0) }, ['log.a.*']);
    await vi.waitFor(() => expect(caughtUpWith).toHaveLength(1), eventually);
    following.catchUp();
    await vi.waitFor(() => expect(caughtUpWith).toHaveLength(2), eventually);
    expect(caughtUpWith).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it('hands over each record once when a consumer starts too early', async () => {
    const lag: Lag = { asked: (config) => (config.opt_start_seq = 1) };
    const { seen, caughtUpWith, onError } = await follow(lag, ['log.*.*']);
    await vi.waitFor(() => expect(caughtUpWith).toHaveLength(1), eventually);
    const { consumers } = await jetstreamManager(connection);
    for await (const { name } of consumers.list('LOG')) await consumers.delete('LOG', name);
    await new Publisher(connection).publish('log.c.1', 'x');
    await vi.waitFor(() => expect(seen).toContain(4), eventually);
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(onError).not.toHaveBeenCalled();
  });

  it('continues when a stopping server briefly reports a shorter stream', async () => {
    let isStopping = false;
    let told = 0;
    const described: Lag['described'] = ({ state }) => {
      if (!isStopping) return;
      state.last_seq = 1;
      isStopping = ++told < 3;
    };
    const { seen, caughtUpWith, following, onError } = await follow({ described }, ['log.*.*']);
    await vi.waitFor(() => expect(caughtUpWith).toHaveLength(1), eventually);
    isStopping = true;
    following.catchUp();
    await vi.waitFor(() => expect(caughtUpWith).toHaveLength(2), eventually);
    expect(told).toBe(3);
    expect(seen).toEqual([1, 2, 3]);
    expect(onError).not.toHaveBeenCalled();
  });
});
