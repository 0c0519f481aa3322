import { ConfigService } from '@nestjs/config';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { FAULTS_BUCKET } from '@shoal/contracts';
import { ensureBucket } from '@shoal/nats';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { startNats, type NatsServer } from '../../../test/cluster/nats-server.js';
import { Faults } from './faults.js';

let nats: NatsServer;
let connection: NatsConnection;

beforeEach(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url });
  await ensureBucket(connection, { bucket: FAULTS_BUCKET });
});
afterEach(async () => {
  await connection?.close();
  await nats?.stop();
});

/** The switches as a process has them that starts now, in a run of this name. */
async function start(run: string, allowed: 'on' | 'off' = 'on'): Promise<Faults> {
  const faults = new Faults(
    connection,
    new ConfigService({ SHOAL_FAULTS: allowed, SHOAL_RUN: run }),
    new Registry(),
  );
  onTestFinished(() => faults.onApplicationShutdown());
  await faults.onModuleInit();
  return faults;
}

describe('a fault that is switched on', () => {
  beforeEach(async () => (await start('first')).switch('slow-replica', true));

  it('is on in every process of the run, also in one that starts later', async () => {
    expect((await start('first')).on('slow-replica')).toBe(true);
  });

  it('is off in a new run on the same data, until it is switched on there', async () => {
    const [old, fresh] = [await start('first'), await start('second')];
    expect(fresh.on('slow-replica')).toBe(false);
    await fresh.switch('slow-replica', true);
    expect(fresh.on('slow-replica')).toBe(true);
    await expect.poll(() => old.on('slow-replica')).toBe(false);
  });

  it('is off where faults are not allowed', async () => {
    const faults = await start('first', 'off');
    expect(faults.on('slow-replica')).toBe(false);
    await expect(faults.switch('slow-replica', true)).rejects.toThrow('does not allow faults');
  });
});
