import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type NatsServer } from '../../../test/support/nats-server.js';
import { MAX_BATCH_BYTES } from './batch.js';
import { FencedOffError, FencedWriter } from './fenced-writer.js';

const put = (name: string, payload: string | Uint8Array = name) => ({ subject: `log.${name}`, payload });

describe('FencedWriter', () => {
  let nats: NatsServer;
  let connection: NatsConnection;

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });
  beforeEach(async () => {
    const manager = await jetstreamManager(connection);
    await manager.streams.delete('LOG').catch(() => undefined);
    await createLog({});
  });

  async function createLog(config: Partial<StreamConfig>) {
    const manager = await jetstreamManager(connection);
    await manager.streams.add({
      name: 'LOG',
      subjects: ['log.>'],
      allow_atomic: true,
      max_msgs_per_subject: 1,
      ...config,
    });
  }
  const writer = (holder: string) =>
    new FencedWriter(connection, { stream: 'LOG', fenceSubject: 'log.fence', holder, timeoutMs: 300 });
  const stored = async () => {
    const { state } = await (await jetstreamManager(connection)).streams.info('LOG', { subjects_filter: '>' });
    return state;
  };
  const read = async (name: string) =>
    (await (await jetstreamManager(connection)).streams.getMessage('LOG', { last_by_subj: `log.${name}` }))!;

  it('refuses to append before it has fenced', async () => {
    await expect(writer('a').append([put('x')])).rejects.toThrow(FencedOffError);
  });

  it('appends one record, then a batch, with sequences that follow each other', async () => {
    const a = writer('a');
    expect(await a.fence(7, { Applied: '41' })).toBe(1);
    expect(await a.append([put('x')])).toBe(2);
    expect(await a.append([put('x'), put('y'), put('z')])).toBe(5);
    const fence = await read('fence');
    expect(fence.json()).toEqual({ token: 7, holder: 'a' });
    expect(fence.header.get('Applied')).toBe('41');
  });

  it('keeps the last of two records of one subject in a batch, and their headers', async () => {
    const a = writer('a');
    await a.fence(1);
    const last = await a.append([
      { ...put('x', 'old'), headers: { Applied: '1' } },
      { ...put('x', 'new'), headers: { Applied: '2' } },
    ]);
    expect(last).toBe(3);
    const message = await read('x');
    expect([message.string(), message.header.get('Applied'), message.seq]).toEqual(['new', '2', 3]);
  });

  it('refuses an owner that was fenced off, for one record as for a batch, until it fences again', async () => {
    const old = writer('old');
    const other = writer('new');
    await old.fence(1);
    await old.append([put('x', 'by old')]);
    await other.fence(2);

    await expect(old.append([put('x', 'stale')])).rejects.toThrow(FencedOffError);
    await expect(old.append([put('x', 'stale'), put('y', 'stale')])).rejects.toThrow(FencedOffError);
    expect(old.refusals).toBe(1);
    expect((await read('x')).string()).toBe('by old');

    await other.append([put('y', 'by new')]);
    await old.fence(3);
    await expect(other.append([put('y', 'stale'), put('z', 'stale')])).rejects.toThrow(/somebody else wrote/);
    expect((await read('y')).string()).toBe('by new');
  });

  it('refuses to fence with a smaller token than the newest fence', async () => {
    const stale = writer('stale');
    await writer('new').fence(9);
    await expect(stale.fence(8)).rejects.toThrow(/newer owner \(token 9\)/);
    await expect(stale.append([put('x')])).rejects.toThrow(FencedOffError);
  });
});
