import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { INTAKE_STREAM } from '@shoal/contracts';
import { Readiness } from '@shoal/telemetry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startNats, type NatsServer } from '../../../../test/cluster/nats-server.js';
import { UnreadableWriteError } from './intake-decoder.js';
import { Sequencer } from './sequencer.js';
import type { LeadershipTerm } from '../leadership/leadership-term.js';

let nats: NatsServer;
let connection: NatsConnection;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url });
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

it('is unready without a pause for as long as there is a write that it cannot read', async () => {
  const { streams } = await jetstreamManager(connection);
  await streams.add({ name: INTAKE_STREAM, subjects: ['intake'] });
  const { seq } = await connection.request('intake').then((reply) => reply.json<{ seq: number }>());
  const readiness = new Readiness();
  const nothing = { get: () => 4, unreadable: { inc: () => undefined } };
  const sequencer = new Sequencer(
    connection,
    nothing as never,
    nothing as never,
    nothing as never,
    nothing as never,
    readiness,
  );
  const said: unknown[] = [];
  const term: Pick<LeadershipTerm, 'pause'> = {
    pause: async () => {
      said.push(readiness.missing().intake);
      if (said.length === 3) await streams.deleteMessage(INTAKE_STREAM, seq);
      return true;
    },
  };
  const unreadable = new UnreadableWriteError(seq, 'of another release');
  await expect(sequencer['blocked'](term as LeadershipTerm, unreadable)).rejects.toBe(unreadable);
  expect(said).toEqual(Array.from({ length: 3 }, () => unreadable.message));
  expect(readiness.missing()).toEqual({});
});
