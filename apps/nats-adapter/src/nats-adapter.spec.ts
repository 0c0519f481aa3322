import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ConfigService } from '@nestjs/config';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TelemetryModule } from '@shoal/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../../test/cluster/until.js';
import { NatsMetrics } from './metrics.js';
import { Monitoring } from './monitoring.js';
import { NatsHealth } from './nats-health.js';

const consumer = (more: object) => ({
  name: `made-up-${Math.random()}`,
  config: {},
  num_pending: 0,
  num_ack_pending: 0,
  num_redelivered: 0,
  ...more,
});

/** Responses of nats-server 2.15, cut to the fields that the adapter reads. */
const VARZ = {
  server_name: 'nats-0',
  mem: 20_201_472,
  cpu: 50,
  total_connections: 7,
  slow_consumers: 1,
  in_msgs: 18,
  out_msgs: 19,
};
const JSZ = {
  storage: 4_096,
  config: { max_storage: 200 },
  account_details: [
    {
      stream_detail: [
        {
          name: 'DOCS',
          state: { bytes: 500 },
          cluster: { leader: 'nats-0', replicas: [{ current: true }, { current: false }] },
          consumer_detail: [
            consumer({ num_pending: 3, cluster: { leader: 'nats-0' } }),
            consumer({ num_pending: 4, cluster: { leader: 'nats-0' } }),
            consumer({ num_pending: 9, cluster: { leader: 'nats-1' } }),
            consumer({
              config: { durable_name: 'reader' },
              num_ack_pending: 2,
              cluster: { leader: 'nats-0' },
            }),
          ],
        },
        { name: 'EMPTY', state: { bytes: 0 }, cluster: { leader: 'nats-1' } },
      ],
    },
  ],
};
const CONNZ = {
  connections: [
    { cid: 1, authorized_user: 'shard', pending_bytes: 10 },
    { cid: 2, authorized_user: 'shard', pending_bytes: 5 },
    { cid: 3, pending_bytes: 0 },
  ],
};

let nats: Server;
let responses: Record<string, unknown>;
let app: NestFastifyApplication;

beforeEach(async () => {
  responses = { varz: VARZ, jsz: JSZ, connz: CONNZ, healthz: { status: 'ok' } };
  nats = createServer((request, response) => {
    const body = responses[/^\/(\w+)/.exec(request.url ?? '')![1]!];
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  nats.listen(0, '127.0.0.1');
  await once(nats, 'listening');
  const url = `http://127.0.0.1:${(nats.address() as AddressInfo).port}`;
  const module = await Test.createTestingModule({
    imports: [TelemetryModule.forRoot({ service: 'nats-adapter', instance: 'nats-adapter-0' })],
    providers: [
      Monitoring,
      NatsMetrics,
      NatsHealth,
      { provide: ConfigService, useValue: { get: () => url } },
    ],
  }).compile();
  module.useLogger(false);
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();
});
afterEach(async () => {
  await app.close();
  nats.closeAllConnections();
  nats.close();
});

/** Returns the samples of nats-server, without the labels of the process. */
async function scrape(): Promise<Record<string, number>> {
  const { body } = await app.inject({ method: 'GET', url: '/metrics' });
  const lines = body.split('\n').filter((line) => line.startsWith('nats_'));
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, labels, value] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line)!;
      const own = (labels ?? '').split(',').filter((label) => !label.startsWith('service_'));
      return [`${name}{${own.join()}}`, Number(value)];
    }),
  );
}

/** Returns the failing checks of `/readyz`. */
async function notReady(): Promise<object> {
  return (await app.inject({ method: 'GET', url: '/readyz' })).json<{ missing: object }>().missing;
}

describe('the adapter', () => {
  it('translates the responses of nats-server, summed by kind of consumer', async () => {
    expect(await scrape()).toMatchObject({
      'nats_up{}': 1,
      'nats_healthy{}': 1,
      'nats_cpu_cores{}': 0.5,
      'nats_received_messages_total{}': 18,
      'nats_connections{user="shard"}': 2,
      'nats_connections{user="none"}': 1,
      'nats_connection_pending_bytes{user="shard"}': 15,
      'nats_jetstream_storage_limit_bytes{}': 200,
      'nats_stream_bytes{stream="DOCS"}': 500,
      'nats_stream_leader{stream="DOCS"}': 1,
      'nats_stream_leader{stream="EMPTY"}': 0,
      'nats_stream_copies_behind{stream="DOCS"}': 1,
      'nats_consumer_pending_messages{stream="DOCS",kind="ephemeral"}': 7,
      'nats_consumer_unacknowledged_messages{stream="DOCS",kind="durable"}': 2,
    });
  });

  it('drops samples of closed connections and keeps counters exact', async () => {
    await scrape();
    responses['connz'] = { connections: [CONNZ.connections[2]] };
    const samples = await scrape();
    expect(samples['nats_connections{user="none"}']).toBe(1);
    expect(Object.keys(samples)).not.toContain('nats_connections{user="shard"}');
    expect(samples['nats_received_messages_total{}']).toBe(18);
  });

  it('exposes only nats_up and nats_healthy when the server is down', async () => {
    await scrape();
    nats.closeAllConnections();
    nats.close();
    const samples = await scrape();
    expect(samples).toEqual({ 'nats_up{}': 0, 'nats_healthy{}': 0 });
  });

  it.each([
    ['an unexpected shape', { ...VARZ, in_msgs: 'many' }],
    ['HTML', '<html>'],
    ['an empty body', ''],
  ])('logs once when an endpoint returns %s', async (_, varz) => {
    const warned = vi.spyOn(app.get(Monitoring)['logger'], 'warn').mockReturnValue(undefined);
    responses['varz'] = varz;
    const samples = await scrape();
    await scrape();
    expect(samples).toMatchObject({ 'nats_up{}': 0, 'nats_healthy{}': 1 });
    expect(warned.mock.calls.filter(([text]) => String(text).startsWith('/varz'))).toHaveLength(1);
  });

  it('is ready only while the server is healthy', async () => {
    await until('it is ready', async () => Object.keys(await notReady()).length === 0);
    responses['healthz'] = { status: 'unavailable', error: 'JetStream is not current' };
    await until('it is unready', async () => Object.keys(await notReady()).length > 0);
    expect(await notReady()).toEqual({ nats: 'JetStream is not current' });
  });
});
