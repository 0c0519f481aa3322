import { jetstreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../test/cluster/nats-server.js';
import { startProxy, type TcpProxy } from '../../../test/cluster/tcp-proxy.js';
import { MAX_BATCH_BYTES } from './batch.js';
import { FencedOffError, FencedWriter } from './fenced-writer.js';

describe('FencedWriter', () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  /** A stream of its own for each test; its subjects begin with its name. */
  let stream: string;
  let count = 0;

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });
  beforeEach(() => createLog());

  async function createLog(config: Partial<StreamConfig> = {}) {
    stream = `LOG${++count}`;
    const manager = await jetstreamManager(connection);
    await manager.streams.add({
      name: stream,
      subjects: [`${stream}.>`],
      allow_atomic: true,
      max_msgs_per_subject: 1,
      ...config,
    });
  }
  const put = (name: string, payload: string | Uint8Array = name) => ({
    subject: `${stream}.${name}`,
    payload,
  });
  const writer = (leader: string, via = connection, timeoutMs = 300) =>
    new FencedWriter(via, { stream, fenceSubject: `${stream}.fence`, leader, timeoutMs });
  const state = async () => (await (await jetstreamManager(connection)).streams.info(stream)).state;
  const written = (sequence: number) =>
    vi.waitFor(async () => expect((await state()).last_seq).toBe(sequence), { timeout: 5000 });
  const read = async (name: string) =>
    (await (
      await jetstreamManager(connection)
    ).streams.getMessage(stream, { last_by_subj: `${stream}.${name}` }))!;

  it('rejects to append before it has fenced', async () => {
    await expect(writer('a').append([put('x')])).rejects.toThrow(FencedOffError);
  });

  it('appends one record, then a batch, with sequences that follow each other', async () => {
    const a = writer('a');
    expect(await a.fence(7, { Applied: '41' })).toBe(1);
    expect(await a.append([put('x')])).toBe(2);
    expect(await a.append([put('x'), put('y'), put('z')])).toBe(5);
    const fence = await read('fence');
    expect(fence.json()).toEqual({ token: 7, leader: 'a' });
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

  it('rejects a leader that was fenced off, for one record as for a batch, until it fences again', async () => {
    const old = writer('old');
    const other = writer('new');
    await old.fence(1);
    await old.append([put('x', 'by old')]);
    await other.fence(2);

    await expect(old.append([put('x', 'stale')])).rejects.toThrow(FencedOffError);
    await expect(old.append([put('x', 'stale'), put('y', 'stale')])).rejects.toThrow(FencedOffError);
    expect(old.rejections).toBe(1);
    expect((await read('x')).string()).toBe('by old');

    await other.append([put('y', 'by new')]);
    await old.fence(3);
    await expect(other.append([put('y', 'stale'), put('z', 'stale')])).rejects.toThrow(/somebody else wrote/);
    expect((await read('y')).string()).toBe('by new');
  });

  it('lets a leader that was fenced off write over a newer one while the fence is taken away, and no longer', async () => {
    let unfenced = true;
    const old = new FencedWriter(connection, {
      stream,
      fenceSubject: `${stream}.fence`,
      unfenced: () => unfenced,
    });
    const other = writer('new');
    await old.fence(1);
    await other.fence(2);
    await other.append([put('x', 'by new')]);

    expect(await old.append([put('x', 'stale')])).toBe(4);
    expect((await read('x')).string()).toBe('stale');
    expect(await old.append([put('x', 'stale'), put('y', 'stale')])).toBe(6);

    unfenced = false;
    await other.fence(3);
    await expect(old.append([put('x', 'stale')])).rejects.toThrow(FencedOffError);
    expect(old.rejections).toBe(1);
  });

  it('rejects to fence with a smaller token than the newest fence', async () => {
    const stale = writer('stale');
    await writer('new').fence(9);
    await expect(stale.fence(8)).rejects.toThrow(/newer leader \(token 9\)/);
    await expect(stale.append([put('x')])).rejects.toThrow(FencedOffError);
  });

  it('lets only the largest token write when many fence at once', async () => {
    const writers = Array.from({ length: 6 }, (_, i) => ({ token: i + 1, writer: writer(`w${i + 1}`) }));
    const fences = await Promise.allSettled(writers.map(({ token, writer }) => writer.fence(token)));
    expect(fences.at(-1)).toMatchObject({ status: 'fulfilled' });
    const appends = await Promise.allSettled(writers.map(({ writer }) => writer.append([put('x')])));
    expect(appends.map(({ status }) => status)).toEqual([...Array(5).fill('rejected'), 'fulfilled']);
  });

  describe('when acknowledgements are lost', () => {
    let proxy: TcpProxy;
    let shaky: NatsConnection;
    let a: FencedWriter;

    beforeEach(async () => {
      proxy = await startProxy(nats.url);
      shaky = await connect({ servers: proxy.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
      a = writer('a', shaky);
      await a.fence(1);
    });
    afterEach(async () => {
      await shaky.close();
      await proxy.stop();
    });

    it('finds its records in the log and goes on', async () => {
      for (const records of [[put('x')], [put('x'), put('y'), put('z')]]) {
        const before = (await state()).last_seq;
        proxy.dropReplies();
        const appended = a.append(records);
        await written(before + records.length);
        proxy.heal();
        expect(await appended).toBe(before + records.length);
      }
      expect((await state()).last_seq).toBe(5);
      expect(a.rejections).toBe(0);
    });

    it('finds its records although another has fenced meanwhile, and is rejected from then on', async () => {
      proxy.dropReplies();
      const appended = a.append([put('x'), put('y')]);
      await written(3);
      await writer('b').fence(2);
      proxy.heal();
      expect(await appended).toBe(3);
      await expect(a.append([put('x')])).rejects.toThrow(FencedOffError);
    });

    it('finds its fence in the log', async () => {
      proxy.dropReplies(`PUB ${stream}.fence`);
      const fenced = a.fence(2);
      await written(2);
      proxy.heal();
      expect(await fenced).toBe(2);
      expect(await a.append([put('x')])).toBe(3);
    });

    it('writes a batch once when the connection broke in the middle of it', async () => {
      const records = Array.from({ length: 100 }, (_, i) => put(`doc${i}`, 'x'.repeat(10_000)));
      proxy.breakAfter(500_000);
      expect(await a.append(records)).toBe(101);
      expect((await state()).last_seq).toBe(101);
      expect(await a.append([put('after')])).toBe(102);
    });
  });

  it('waits for a server that hangs and writes once', async () => {
    const a = writer('a');
    await a.fence(1);
    const flushed = vi.spyOn(connection, 'flush');
    nats.pause();
    const appended = Promise.all([a.append([put('x')]), a.append([put('y'), put('z')])]);
    // It does not wait for the acknowledgement any more, and has to find out.
    await vi.waitFor(() => expect(flushed).toHaveBeenCalled(), { timeout: 5000 });
    nats.resume();
    expect(await appended).toEqual([2, 4]);
    expect((await state()).last_seq).toBe(4);
  });

  it('writes once when the server is killed and started again', async () => {
    const a = writer('a');
    await a.fence(1);
    const appended = (async () => {
      for (let i = 0; i < 200; i++) await a.append([put('x', `${i}`), put('y', `${i}`)]);
    })();
    await nats.restart();
    await appended;
    expect((await state()).last_seq).toBe(401);
    expect((await read('y')).string()).toBe('199');
  });

  it('takes batches up to its limits and rejects larger ones before it sends anything', async () => {
    const a = writer('a', connection, 10_000);
    await a.fence(1);
    expect(await a.append(Array.from({ length: 1000 }, (_, i) => put(`d${i}`)))).toBe(1001);
    await expect(a.append(Array.from({ length: 1001 }, () => put('x')))).rejects.toThrow(
      /not 1001: split it/,
    );
    await expect(a.append([])).rejects.toThrow(RangeError);

    const payload = new Uint8Array(256 * 1024);
    const most = MAX_BATCH_BYTES / payload.length;
    expect(await a.append(Array.from({ length: most }, (_, i) => put(`d${i}`, payload)))).toBe(1001 + most);
    await expect(a.append(Array.from({ length: most + 1 }, () => put('x', payload)))).rejects.toThrow(
      /bytes/,
    );
    await expect(a.append([put('x'), put('y', new Uint8Array(2 * 1024 * 1024))])).rejects.toThrow(
      /max_payload/,
    );
    expect(await a.append([put('x'), put('y')])).toBe(1003 + most);
  });

  it('says so when the stream takes no atomic batches', async () => {
    await createLog({ allow_atomic: false });
    const a = writer('a');
    await a.fence(1);
    await expect(a.append([put('x'), put('y')])).rejects.toThrow(/atomic publish is disabled/);
    expect(await a.append([put('x')])).toBe(2);
  });
});
