import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { ensureStream, Publisher, tail, type Tail, type TailLag } from './index.js';

let nats: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url });
  await ensureStream(connection, { kind: 'last-value', name: 'LOG', subjects: ['log.>'] });
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

it('reports pending records and their age at every record', async () => {
  const publisher = new Publisher(connection);
  const subjects = Array.from({ length: 30 }, (_, at) => `log.${at % 2 ? 'odd' : 'even'}.${at}`);
  await Promise.all(subjects.map((subject) => publisher.publish(subject, 'x')));
  const lags: TailLag[] = [];
  let following: Tail | undefined;
  following = await tail(connection, {
    stream: 'LOG',
    filters: ['log.odd.*'],
    onRecord: () => lags.push(following!.lag),
    onCaughtUp: () => {},
    onError: () => {},
  });
  expect(following.lag.records).toBe(15);
  await vi.waitFor(() => expect(lags).toHaveLength(15), 10_000);
  expect(lags.map(({ records }) => records)).toEqual(Array.from({ length: 15 }, (_, at) => 14 - at));
  expect(lags.at(-1)).toEqual({ records: 0, ms: 0 });
  for (const { ms } of lags) expect(ms).toBeLessThan(60_000);
  await following.stop();
});

it('reports the age of the last record while the tail lags', async () => {
  const old = Date.now() + 5_000;
  const records: number[] = [];
  const lags: number[] = [];
  let following: Tail | undefined;
  following = await tail(connection, {
    stream: 'LOG',
    filters: ['log.even.*'],
    onRecord: ({ sequence }) => {
      records.push(sequence);
      vi.spyOn(Date, 'now').mockReturnValueOnce(old);
      lags.push(following!.lag.ms);
    },
    onCaughtUp: () => {},
    onError: () => {},
  });
  await vi.waitFor(() => expect(records).toHaveLength(15), 10_000);
  vi.restoreAllMocks();
  expect(Math.min(...lags.slice(0, -1))).toBeGreaterThan(4_000);
  expect(lags.at(-1)).toBe(0);
  await following.stop();
});
