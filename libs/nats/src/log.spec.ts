import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import {
  DisplacedError,
  ensureStream,
  lastOf,
  LogResetError,
  Publisher,
  QueueFullError,
  type QueueMessage,
  QueueReader,
  tail,
  type Tail,
} from './index.js';

const eventually = { timeout: 20_000, interval: 20 };

const numbered = (prefix: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${prefix}.${from + i}`);

/** Reads and acknowledges messages until the subject arrives, and returns their sequences. */
async function takeUntil(reader: QueueReader, subject: string) {
  const sequences: number[] = [];
  for (let last: QueueMessage | undefined; last?.subject !== subject;) {
    for (last of await reader.next(100)) {
      sequences.push(last.sequence);
      last.ack();
    }
  }
  return sequences;
}

describe('a log on a real NATS', { timeout: 60_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  let publisher: Publisher;
  // New names for each test: the server removes the files of a deleted stream after it has acknowledged the deletion.
  let names = { log: '', queue: '' };
  let tests = 0;
  const open: { stop?(): Promise<void>; close?(): void }[] = [];

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    publisher = new Publisher(connection, { timeoutMs: 1_000 });
  });
  beforeEach(() => {
    tests++;
    names = { log: `LOG_${tests}`, queue: `QUEUE_${tests}` };
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await (one.stop?.() ?? one.close?.());
    const { streams } = await jetstreamManager(connection);
    for await (const { config } of streams.list()) await streams.delete(config.name);
  });

  const ensureLog = () =>
    ensureStream(connection, { kind: 'last-value', name: names.log, subjects: ['log.>'] });
  const ensureQueue = (more: { maxBytes?: number; duplicatesMs?: number; firstSequence?: number } = {}) =>
    ensureStream(connection, {
      kind: 'work-queue',
      name: names.queue,
      subjects: ['queue.>'],
      maxBytes: 50e6,
      duplicatesMs: 30_000,
      ...more,
    });
  const publishAll = (subjects: string[]) =>
    Promise.all(subjects.map((subject) => publisher.publish(subject, subject)));

  const openReader = async () => {
    const reader = await QueueReader.open(connection, names.queue);
    open.push(reader);
    return reader;
  };
  const consumersOf = async (stream: string) => {
    const { consumers } = await jetstreamManager(connection);
    return (await Array.fromAsync(consumers.list(stream))).map(({ name }) => name);
  };
  const queued = async () => {
    const { streams } = await jetstreamManager(connection);
    return (await streams.info(names.queue)).state.messages;
  };

  /** Follows the log and keeps the records. */
  async function follow(filters: string[], from?: number) {
    const seen: { subject: string; sequence: number }[] = [];
    const caughtUp = vi.fn<() => void>();
    const onError = vi.fn<(error: unknown) => void>();
    const following: Tail = await tail(connection, {
      stream: names.log,
      filters,
      ...(from === undefined ? {} : { from }),
      onRecord: ({ subject, sequence }) => seen.push({ subject, sequence }),
      onCaughtUp: () => caughtUp(),
      onError,
    });
    open.push(following);
    return { seen, caughtUp, onError, following, subjects: () => seen.map(({ subject }) => subject) };
  }

  describe('ensureStream', () => {
    it('applies new settings to an existing stream when called concurrently', async () => {
      await Promise.all(Array.from({ length: 10 }, () => ensureQueue({ firstSequence: 1_000 })));
      await ensureQueue({ maxBytes: 60e6, duplicatesMs: 60_000, firstSequence: 5 });
      expect(await publisher.publish('queue.a', 'x')).toBe(1_000);
      const { streams } = await jetstreamManager(connection);
      const { config } = await streams.info(names.queue);
      expect([config.max_bytes, config.duplicate_window]).toEqual([60e6, 60e9]);
    });

    it('creates a log that accepts atomic batches and keeps newest messages', async () => {
      await ensureLog();
      await publishAll(['log.a', 'log.b', 'log.a']);
      const { streams } = await jetstreamManager(connection);
      const { config, state } = await streams.info(names.log);
      expect([config.allow_atomic, state.messages]).toEqual([true, 2]);
    });
  });

  describe('Publisher', () => {
    it('returns sequences in the order of the calls', async () => {
      await ensureLog();
      const sequences = await publishAll(numbered('log', 0, 2_000));
      expect(sequences).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 1));
    });

    it('throws QueueFullError when the queue is full, and recovers afterwards', async () => {
      await ensureQueue({ maxBytes: 10_000 });
      const results = await Promise.allSettled(
        numbered('queue', 0, 20).map((subject) => publisher.publish(subject, Buffer.alloc(1_000))),
      );
      const rejected = results.filter((result) => result.status === 'rejected');
      expect(rejected.length).toBeGreaterThan(0);
      expect(rejected.every(({ reason }) => reason instanceof QueueFullError)).toBe(true);
      const reader = await QueueReader.open(connection, names.queue);
      open.push(reader);
      for (const message of await reader.next(5)) message.ack();
      await vi.waitFor(() => publisher.publish('queue.again', Buffer.alloc(1_000)), eventually);
    });

    it('stores each message once when the server is paused', async () => {
      await ensureQueue({ maxBytes: 10_000_000 });
      const patient = new Publisher(connection, { timeoutMs: 20_000 });
      nats.pause();
      setTimeout(() => nats.resume(), 1_500);
      const published = Promise.all(numbered('queue', 0, 20).map((subject) => patient.publish(subject, 'x')));
      // Longer than one try: the server receives repeated messages twice when it resumes.
      expect((await published).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
      await patient.publish('queue.last', 'x');
      const { state } = await (await jetstreamManager(connection)).streams.info(names.queue);
      expect(state.last_seq).toBe(21);
    });

    it('stores all messages when the server is killed', async () => {
      await ensureQueue({ maxBytes: 10_000_000 });
      const patient = new Publisher(connection, { timeoutMs: 20_000 });
      const published = Promise.all(
        numbered('queue', 0, 500).map((subject) => patient.publish(subject, 'x')),
      );
      await nats.restart();
      expect(new Set(await published).size).toBe(500);
    });

    it('throws PublishTimeoutError when no acknowledgement comes', async () => {
      await ensureLog();
      nats.pause();
      const published = publisher.publish('log.a', 'x').finally(() => nats.resume());
      await expect(published).rejects.toThrow('may or may not be stored');
    });
  });

  describe('tail', () => {
    it('replays matching records in order, then follows', async () => {
      await ensureLog();
      await publishAll([...numbered('log.a', 0, 1_500), ...numbered('log.b', 0, 10)]);
      const { subjects, caughtUp, following } = await follow(['log.a.*']);
      const consumersAtStart = await consumersOf(names.log);
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      expect(subjects()).toEqual(numbered('log.a', 0, 1_500));
      expect(await consumersOf(names.log)).toEqual(consumersAtStart);
      await publishAll(['log.b.new', 'log.a.new']);
      await vi.waitFor(() => expect(subjects().at(-1)).toBe('log.a.new'), eventually);
      expect([subjects().length, following.position, caughtUp.mock.calls.length]).toEqual([1_501, 1_512, 1]);
    });

    it('reports that it has caught up again after catchUp', async () => {
      await ensureLog();
      const filters = numbered('log', 0, 20).map((subject) => `${subject}.*`);
      const { seen, caughtUp, following } = await follow(filters);
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      await publishAll(Array.from({ length: 200 }, (_, i) => `log.${i % 20}.${i}`));
      // The second call supersedes the first.
      following.catchUp();
      following.catchUp();
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(2), eventually);
      expect(new Set(seen.map(({ sequence }) => sequence)).size).toBe(200);
      await publishAll(['log.3.new']);
      await vi.waitFor(() => expect(seen).toHaveLength(201), eventually);
      expect(caughtUp).toHaveBeenCalledTimes(2);
    });

    it.each([
      ['in an empty stream', []],
      ['when nothing matches', ['log.b.1']],
    ])('has caught up immediately %s', async (_, there) => {
      await ensureLog();
      await publishAll(there);
      const { caughtUp, seen } = await follow(['log.a.*']);
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      expect(seen).toEqual([]);
    });

    it('begins at the given sequence', async () => {
      await ensureLog();
      await publishAll(numbered('log', 0, 10));
      const { subjects, caughtUp } = await follow(['log.*'], 8);
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      expect(subjects()).toEqual(['log.7', 'log.8', 'log.9']);
    });

    it('reads any number of filters, each in order', async () => {
      await ensureLog();
      const filters = numbered('log', 0, 64).map((subject) => `${subject}.*`);
      await publishAll(Array.from({ length: 640 }, (_, i) => `log.${i % 64}.${i}`));
      const { seen, caughtUp } = await follow(filters);
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      expect(seen).toHaveLength(640);
      const third = seen.filter(({ subject }) => subject.startsWith('log.3.'));
      expect(third.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 10 }, (_, i) => 64 * i + 4));
    });

    it('loses and repeats no record when NATS is restarted', async () => {
      await ensureLog();
      await publishAll(numbered('log', 0, 20_000));
      const { subjects, seen, caughtUp, onError } = await follow(['log.*']);
      await nats.restart();
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      await nats.restart();
      await vi.waitFor(() => publisher.publish('log.end', 'x'), eventually);
      await vi.waitFor(() => expect(subjects().at(-1)).toBe('log.end'), eventually);
      const sequences = seen.map(({ sequence }) => sequence).filter((sequence) => sequence <= 20_000);
      expect(sequences).toEqual(Array.from({ length: 20_000 }, (_, i) => i + 1));
      expect(onError).not.toHaveBeenCalled();
    });

    it('continues when its consumer is deleted', async () => {
      await ensureLog();
      const { subjects } = await follow(['log.*']);
      const { consumers } = await jetstreamManager(connection);
      for await (const { name } of consumers.list(names.log)) await consumers.delete(names.log, name);
      await publisher.publish('log.a', 'x');
      await vi.waitFor(() => expect(subjects()).toEqual(['log.a']), eventually);
    });

    it('ends with LogResetError when the stream was created again', async () => {
      await ensureLog();
      await publishAll(['log.a', 'log.b']);
      const { onError, caughtUp } = await follow(['log.*']);
      await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1), eventually);
      const { streams } = await jetstreamManager(connection);
      await streams.delete(names.log);
      await ensureLog();
      await publishAll(['log.a', 'log.b', 'log.c']);
      await vi.waitFor(
        () => expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(LogResetError)),
        eventually,
      );
    });

    it('throws LogResetError when it begins beyond the end of the stream', async () => {
      await ensureLog();
      await expect(follow(['log.*'], 100)).rejects.toThrow(LogResetError);
    });

    it('ends with the error that onRecord threw', async () => {
      await ensureLog();
      await publishAll(['log.a', 'log.b']);
      const onError = vi.fn<(error: unknown) => void>();
      const onRecord = vi.fn<() => void>().mockImplementation(() => {
        throw new Error('cannot index');
      });
      open.push(
        await tail(connection, {
          stream: names.log,
          filters: ['log.*'],
          onRecord,
          onCaughtUp: vi.fn<() => void>(),
          onError,
        }),
      );
      await vi.waitFor(() => expect(onError).toHaveBeenCalledTimes(1), eventually);
      expect(onRecord).toHaveBeenCalledTimes(1);
    });
  });

  describe('lastOf', () => {
    it('returns the newest message of a subject or wildcard, or null', async () => {
      await ensureLog();
      await publishAll(['log.1.a', 'log.2.a', 'log.3.b']);
      expect(await lastOf(connection, names.log, 'log.*.a')).toMatchObject({
        subject: 'log.2.a',
        sequence: 2,
      });
      const exact = await lastOf(connection, names.log, 'log.1.a');
      expect(Buffer.from(exact!.payload).toString()).toBe('log.1.a');
      expect(exact!.header('Absent')).toBeUndefined();
      expect(await lastOf(connection, names.log, 'log.*.c')).toBeNull();
    });
  });

  describe('QueueReader', () => {
    it('returns messages in order, and empties the queue by acknowledgements', async () => {
      await ensureQueue();
      await publishAll(numbered('queue', 0, 5_000));
      const reader = await openReader();
      const consumersAtStart = await consumersOf(names.queue);
      const sequences = await takeUntil(reader, 'queue.4999');
      expect(sequences).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
      await vi.waitFor(async () => expect(await queued()).toBe(0), eventually);
      expect(await consumersOf(names.queue)).toEqual(consumersAtStart);
    });

    it('waits for a message, and returns none once it is closed', async () => {
      await ensureQueue();
      const reader = await openReader();
      const taken = reader.next(10);
      await publisher.publish('queue.a', 'x');
      expect((await taken).map(({ subject }) => subject)).toEqual(['queue.a']);
      const waiting = reader.next(10);
      reader.close();
      expect(await waiting).toEqual([]);
    });

    it('delivers unacknowledged messages to the reader that displaces it', async () => {
      await ensureQueue();
      await publishAll(numbered('queue', 0, 10));
      const first = await openReader();
      const taken: QueueMessage[] = [];
      while (taken.length < 10) taken.push(...(await first.next(10)));
      for (const message of taken.slice(0, 4)) message.ack();
      await vi.waitFor(async () => expect(await queued()).toBe(6), eventually);

      const second = await openReader();
      expect(await takeUntil(second, 'queue.9')).toEqual([5, 6, 7, 8, 9, 10]);
      await expect(first.next(1)).rejects.toThrow(DisplacedError);
    });

    it('continues past a message whose acknowledgement was lost', async () => {
      await ensureQueue();
      await publishAll(numbered('queue', 0, 10));
      const first = await openReader();
      const taken: QueueMessage[] = [];
      while (taken.length < 10) taken.push(...(await first.next(10)));
      for (const message of taken) if (message.sequence !== 3) message.ack();
      await vi.waitFor(async () => expect(await queued()).toBe(1), eventually);

      const second = await openReader();
      await publisher.publish('queue.last', 'x');
      expect(new Set(await takeUntil(second, 'queue.last'))).toEqual(new Set([3, 11]));
    });

    it('delivers the first message again when its delivery is lost', async () => {
      await ensureQueue();
      await publishAll(numbered('queue', 0, 3));
      const subscribe = connection.subscribe.bind(connection);
      vi.spyOn(connection, 'subscribe').mockImplementationOnce((subject, options) => {
        let lost = false;
        return subscribe(subject, {
          callback: (error, message) => {
            if (lost || !message.reply) return options!.callback!(error, message);
            lost = true;
          },
        });
      });
      expect(await takeUntil(await openReader(), 'queue.2')).toEqual([1, 2, 3]);
    });

    it('delivers a hundred messages of 900 kB', async () => {
      await ensureQueue({ maxBytes: 500e6 });
      const reader = await openReader();
      const sending = Promise.all(
        numbered('queue', 0, 100).map((subject) =>
          new Publisher(connection).publish(subject, Buffer.alloc(900_000)),
        ),
      );
      expect(await takeUntil(reader, 'queue.99')).toHaveLength(100);
      await sending;
    });

    it('loses and reorders no message when NATS is restarted', async () => {
      await ensureQueue();
      await publishAll(numbered('queue', 0, 3_000));
      const reader = await openReader();
      const before = await reader.next(50);
      for (const message of before) message.ack();
      await nats.restart();
      await vi.waitFor(() => publisher.publish('queue.end', 'x'), eventually);
      const sequences = await takeUntil(reader, 'queue.end');
      expect(new Set([...before.map(({ sequence }) => sequence), ...sequences]).size).toBeGreaterThanOrEqual(
        3_001,
      );
      // It may begin again from an earlier message, but skips none.
      const jumps = sequences.slice(1).filter((sequence, i) => sequence > sequences[i]! + 1);
      expect(jumps).toEqual([]);
    });
  });
});
