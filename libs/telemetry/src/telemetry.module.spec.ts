import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Readiness } from './health.js';
import { TelemetryModule } from './telemetry.module.js';

const identity = { service: 'shard', instance: 'shard-3' };

describe('TelemetryModule', () => {
  let app: NestFastifyApplication;
  const get = (url: string) => app.inject({ method: 'GET', url });

  beforeEach(async () => {
    app = await NestFactory.create<NestFastifyApplication>(
      TelemetryModule.forRoot(identity),
      new FastifyAdapter(),
      {
        logger: false,
      },
    );
    await app.init();
  });
  afterEach(() => app.close());

  it('responds to /healthz whatever is not ready', async () => {
    app.get(Readiness).add('nats', () => 'not connected');
    expect((await get('/healthz')).statusCode).toBe(200);
  });

  it('responds to /readyz with the reasons when a check fails', async () => {
    let reason: string | null = 'not connected';
    app.get(Readiness).add('nats', () => reason);
    app.get(Readiness).add('index', () => null);

    const rejected = await get('/readyz');
    expect([rejected.statusCode, rejected.json()]).toEqual([
      503,
      { status: 'not ready', missing: { nats: 'not connected' } },
    ]);
    reason = null;
    const accepted = await get('/readyz');
    expect([accepted.statusCode, accepted.json()]).toEqual([200, { status: 'ready', missing: {} }]);
  });

  it('rejects a second check of the same name', () => {
    const readiness = app.get(Readiness);
    readiness.add('nats', () => null);
    expect(() => readiness.add('nats', () => null)).toThrow('choose another name');
  });

  it('exposes own and default metrics with the labels of the process', async () => {
    const counter = new Counter({ name: 'queries_total', help: 'Queries', registers: [app.get(Registry)] });
    counter.inc(3);
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(body).toContain('queries_total{service_name="shard",service_instance_id="shard-3"} 3');
    expect(body).toContain('process_cpu_seconds_total');
  });
});
