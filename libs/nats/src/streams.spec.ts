import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { lastOf } from './index.js';

const API = '$JS.API.STREAM.MSG.GET.LOG';
const UNAVAILABLE = { error: { code: 503, err_code: 10008, description: 'unavailable' } };
const MISSING = { error: { code: 404, err_code: 10059, description: 'stream not found' } };
const FOUND = {
  message: {
    subject: 'log.a',
    seq: 7,
    data: Buffer.from('text').toString('base64'),
    time: new Date(0).toISOString(),
  },
};

describe('lastOf', () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  let asked: number;

  beforeEach(async () => {
    nats = await startNats({ jetstream: false });
    connection = await connect({ servers: nats.url });
    asked = 0;
  });
  afterEach(async () => {
    await connection.close();
    await nats.stop();
  });

  /** Responds for JetStream with one answer after the other, then repeats the last one. */
  function respondWith(...answers: object[]): void {
    connection.subscribe(API, {
      callback: (_, request) => {
        request.respond(JSON.stringify(answers[Math.min(asked++, answers.length - 1)]));
      },
    });
  }

  it('retries when the server knows no leader', async () => {
    respondWith(UNAVAILABLE, UNAVAILABLE, FOUND);
    expect(await lastOf(connection, 'LOG', 'log.a')).toMatchObject({ subject: 'log.a', sequence: 7 });
    expect(asked).toBe(3);
  });

  it('throws when no leader is known until the timeout', async () => {
    respondWith(UNAVAILABLE);
    await expect(lastOf(connection, 'LOG', 'log.a', 200)).rejects.toThrow('unavailable');
    expect(asked).toBeGreaterThan(1);
  });

  it('throws immediately when it fails for another reason', async () => {
    respondWith(MISSING);
    await expect(lastOf(connection, 'LOG', 'log.a')).rejects.toThrow('stream not found');
    expect(asked).toBe(1);
  });
});
