import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ConfigService } from '@nestjs/config';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { TelemetryModule } from '@shoal/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../../test/support/until.js';
import { Monitoring } from './monitoring.js';
import { NatsHealth } from './nats-health.js';
import { NatsMetrics } from './nats.metrics.js';

const consumer = (more: object) => ({
  name: `made-up-${Math.random()}`,
  config: {},
  num_pending: 0,
  num_ack_pending: 0,
  num_redelivered: 0,
  ...more,
});

/** As nats-server 2.15 answers, cut to what is looked at. */
const VARZ = {
  server_name: 'nats-0',
  version: '2.15.1',
  start: '2026-08-01T18:06:58.38657301Z',
  mem: 20_201_472,
  cpu: 50,
  connections: 3,
  total_connections: 7,
  routes: 8,
  subscriptions: 202,
  slow_consumers: 1,
  in_msgs: 18,
  in_bytes: 12_618,
  out_msgs: 19,
  out_bytes: 9_068,
};
const JSZ = {
  memory: 0,
  storage: 4_096,
  api: { level: 5, total: 12, errors: 2 },
  config: { max_memory: 100, max_storage: 200 },
  meta_cluster: { leader: 'nats-1' },
  account_details: [
    {
      stream_detail: [
        {
          name: 'DOCS',
          state: { messages: 5, bytes: 500, last_seq: 9 },
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
        { name: 'EMPTY', state: { messages: 0, bytes: 0, last_seq: 0 }, cluster: { leader: 'nats-1' } },
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
let answers: Record<string, unknown>;
let app: NestFastifyApplication;

beforeEach(async () => {
  answers = { varz: VARZ, jsz: JSZ, connz: CONNZ, healthz: { status: 'ok' } };
  nats = createServer((request, response) => {
    const answer = answers[/^\/(\w+)/.exec(request.url ?? '')![1]!];
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
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

/** All samples of nats-server's, without the labels of the process. */
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

/** What `/readyz` misses. */
async function notReady(): Promise<object> {
  return (await app.inject({ method: 'GET', url: '/readyz' })).json<{ missing: object }>().missing;
}

describe('the adapter', () => {
  it('says what nats-server says, by kind where names are made up', async () => {
    expect(await scrape()).toMatchObject({
      'nats_up{}': 1,
      'nats_healthy{}': 1,
      'nats_server_info{server="nats-0",version="2.15.1"}': 1,
      'nats_cpu_cores{}': 0.5,
      'nats_received_messages_total{}': 18,
      'nats_connections{user="shard"}': 2,
      'nats_connections{user="none"}': 1,
      'nats_connection_pending_bytes{user="shard"}': 15,
      'nats_jetstream_meta_leader{}': 0,
      'nats_stream_last_sequence{stream="DOCS"}': 9,
      'nats_stream_leader{stream="DOCS"}': 1,
      'nats_stream_leader{stream="EMPTY"}': 0,
      'nats_stream_copies_behind{stream="DOCS"}': 1,
      'nats_stream_consumers{stream="DOCS",kind="ephemeral"}': 2,
      'nats_consumer_pending_messages{stream="DOCS",kind="ephemeral"}': 7,
      'nats_consumer_unacknowledged_messages{stream="DOCS",kind="durable"}': 2,
    });
  });

  it('has no sample for what is there no more, and counts nothing twice', async () => {
    await scrape();
    answers['connz'] = { connections: [CONNZ.connections[2]] };
    const samples = await scrape();
    expect(samples['nats_connections{user="none"}']).toBe(1);
    expect(Object.keys(samples)).not.toContain('nats_connections{user="shard"}');
    expect(samples['nats_received_messages_total{}']).toBe(18);
  });

  it('says that the server is down, and nothing else of it', async () => {
    await scrape();
    nats.closeAllConnections();
    nats.close();
    const samples = await scrape();
    expect(samples).toEqual({
      'nats_up{}': 0,
      'nats_healthy{}': 0,
      ...Object.fromEntries(
        ['varz', 'jsz', 'connz', 'healthz'].map((endpoint) => [
          `nats_endpoint_up{endpoint="${endpoint}"}`,
          0,
        ]),
      ),
    });
  });

  it.each([
    ['another form', { ...VARZ, in_msgs: 'many' }],
    ['no JSON', '<html>'],
    ['nothing', ''],
  ])('survives an endpoint that answers in %s, and says so', async (_, varz) => {
    const warned = vi.spyOn(app.get(Monitoring)['logger'], 'warn').mockReturnValue(undefined);
    answers['varz'] = varz;
    const samples = await scrape();
    await scrape();
    expect(samples).toMatchObject({
      'nats_up{}': 0,
      'nats_endpoint_up{endpoint="varz"}': 0,
      'nats_healthy{}': 1,
    });
    expect(warned.mock.calls.filter(([text]) => String(text).startsWith('/varz'))).toHaveLength(1);
  });

  it('is as ready as the server is healthy', async () => {
    await until('it is ready', async () => Object.keys(await notReady()).length === 0);
    answers['healthz'] = { status: 'unavailable', error: 'JetStream is not current' };
    await until('it is not ready any more', async () => Object.keys(await notReady()).length > 0);
    expect(await notReady()).toEqual({ nats: 'JetStream is not current' });
  });
});
