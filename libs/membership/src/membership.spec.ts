import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ensureBucket } from '@shoal/nats';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { Heartbeat, Roster } from './index.js';

interface State {
  load: number;
}

const TTL_MS = 1_000;
const EVERY_MS = 200;
const eventually = { timeout: 15_000, interval: 20 };

describe('membership over a real NATS', { timeout: 40_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  const open: { close(): void }[] = [];
  const beating: Heartbeat<State>[] = [];
  let count = 0;
  let crew: string;

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
  });
  // New ones each time: a bucket of the same name could find the files that the server is still removing.
  beforeEach(() => {
    count++;
    crew = `M${count}`;
    return ensureBucket(connection, { bucket: crew, ttlMs: TTL_MS });
  });
  afterEach(async () => {
    await Promise.all(beating.splice(0).map((heartbeat) => heartbeat.stop()));
    for (const one of open.splice(0)) one.close();
  });

  const roster = async () => {
    const opened = await Roster.open<State>(connection, { bucket: crew, ttlMs: TTL_MS });
    open.push(opened);
    return opened;
  };
  const heartbeat = async (key: string, state: State, via = connection) => {
    const started = new Heartbeat<State>(via, {
      bucket: crew,
      key,
      everyMs: EVERY_MS,
      ttlMs: TTL_MS,
      state: () => state,
    });
    await started.start();
    beating.push(started);
    return started;
  };

  describe('Roster', () => {
    it('is empty in an empty bucket, and lists who is there when it opens', async () => {
      expect((await roster()).members()).toEqual(new Map());
      await heartbeat('a', { load: 1 });
      await heartbeat('b', { load: 2 });
      expect((await roster()).members()).toEqual(
        new Map([
          ['a', { load: 1 }],
          ['b', { load: 2 }],
        ]),
      );
    });

    it('tells of coming, change and leaving, and of nothing in between', async () => {
      const { onChange, ...state } = {
        onChange: vi.fn<(member: string, state: State | null) => void>(),
        load: 1,
      };
      (await roster()).onChange(onChange);
      const beats = await heartbeat('a', state);
      await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(1), eventually);
      state.load = 2;
      await beats.beat();
      await beats.beat();
      await beats.stop();
      await vi.waitFor(() => expect(onChange).toHaveBeenCalledTimes(3), eventually);
      expect(onChange.mock.calls).toEqual([
        ['a', { load: 1 }],
        ['a', { load: 2 }],
        ['a', null],
      ]);
    });

    it('goes on after a restart of NATS without losing a member', async () => {
      await heartbeat('a', { load: 1 });
      const present = await roster();
      const gone = vi.fn<() => void>();
      present.onChange((_, state) => state === null && gone());
      await nats.restart();
      await vi.waitFor(() => heartbeat('b', { load: 1 }), eventually);
      await vi.waitFor(() => expect(present.members().size).toBe(2), eventually);
      expect(gone).not.toHaveBeenCalled();
    });

    it('leaves out a member whose state it cannot read, and says so once', async () => {
      const warn = vi.spyOn(process, 'emitWarning').mockReturnValue();
      await heartbeat('a', { load: 1 });
      const strange = await heartbeat('strange', { load: 9 });
      let read = 0;
      const parse = (json: string) => {
        if (json.includes('9')) {
          read++;
          throw new Error('unknown version');
        }
        return JSON.parse(json) as State;
      };
      const present = await Roster.open<State>(connection, { bucket: crew, ttlMs: TTL_MS, parse });
      open.push(present);
      expect([...present.members().keys()]).toEqual(['a']);
      await strange.beat();
      await vi.waitFor(() => expect(read).toBeGreaterThan(1), eventually);
      expect(warn).toHaveBeenCalledOnce();
      warn.mockRestore();
    });
  });

  describe('Heartbeat', () => {
    it('knows since when nobody can have forgotten the member, and that somebody may when NATS is silent', async () => {
      const before = performance.now();
      const beats = await heartbeat('lease', { load: 1 });
      const since = beats.unbrokenSince;
      expect(since).toBeGreaterThan(before);
      await vi.waitFor(async () => expect((await roster()).get('lease')).toBeDefined(), eventually);
      expect(beats.unbrokenSince).toBe(since);
      nats.pause();
      try {
        await vi.waitFor(() => expect(beats.unbrokenSince).toBeNull(), eventually);
      } finally {
        nats.resume();
      }
      const resumed = performance.now();
      await vi.waitFor(() => expect(beats.unbrokenSince).toBeGreaterThan(resumed), eventually);
    });

    it('sends no beat after its farewell', async () => {
      const beats = await heartbeat('a', { load: 1 });
      const kv = beats['kv']!;
      const leave = kv.delete.bind(kv);
      const left = vi.spyOn(kv, 'delete').mockImplementationOnce(async (key) => {
        await leave(key);
        await beats.beat();
      });
      await beats.stop();
      expect(left).toHaveBeenCalledOnce();
      expect((await roster()).members()).toEqual(new Map());
    });

    it('rejects a beat so slow that one lost beat ends the membership', () => {
      const options = { bucket: crew, key: 'a', everyMs: 600, ttlMs: 1_000, state: () => null };
      expect(() => new Heartbeat(connection, options)).toThrow('at most half');
    });
  });
});
