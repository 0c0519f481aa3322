import { connect, type NatsConnection } from '@nats-io/transport-node';
import { jetstreamManager } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { ensureBucket, Heartbeat, Roster, Watched, WatchedKeys } from './index.js';

interface State {
  load: number;
}

const TTL_MS = 1_000;
const EVERY_MS = 200;
const refuse = (): State => {
  throw new Error('unknown version');
};
const eventually = { timeout: 15_000, interval: 20 };

describe('membership over a real NATS', { timeout: 40_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  const open: { close(): void }[] = [];
  const beating: Heartbeat<State>[] = [];
  let count = 0;
  let crew: string;
  let plan: string;

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
    [crew, plan] = [`M${count}`, `C${count}`];
    return ensureBuckets();
  });
  afterEach(async () => {
    await Promise.all(beating.splice(0).map((heartbeat) => heartbeat.stop()));
    for (const one of open.splice(0)) one.close();
  });

  const ensureBuckets = async () => {
    await ensureBucket(connection, { bucket: crew, ttlMs: TTL_MS });
    await ensureBucket(connection, { bucket: plan });
  };
  const roster = async () => {
    const opened = await Roster.open<State>(connection, { bucket: crew, ttlMs: TTL_MS });
    open.push(opened);
    return opened;
  };
  const watched = async () => {
    const opened = await Watched.open<State>(connection, { bucket: plan, key: 'topology' });
    open.push(opened);
    return opened;
  };
  const keys = async (parse?: (json: string) => State) => {
    const opened = await WatchedKeys.open<State>(connection, { bucket: plan, ...(parse ? { parse } : {}) });
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

  describe('ensureBucket', () => {
    it('may be called by many at once, and changes the ttl of a bucket that exists', async () => {
      await Promise.all(
        Array.from({ length: 10 }, () => ensureBucket(connection, { bucket: plan, ttlMs: 5_000 })),
      );
      await ensureBucket(connection, { bucket: plan, ttlMs: 3_000 });
      const { streams } = await jetstreamManager(connection);
      expect((await streams.info(`KV_${plan}`)).config.max_age).toBe(3_000_000_000);
    });
  });

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

  describe('Watched', () => {
    it('counts a value that it cannot read as null, and does not replace it', async () => {
      const newer = await watched();
      const revision = await newer.update({ load: 9 }, 0);
      const older = await Watched.open<State>(connection, { bucket: plan, key: 'topology', parse: refuse });
      open.push(older);
      expect([older.value, older.revision]).toEqual([null, revision]);
      await expect(older.update({ load: 1 }, revision!)).rejects.toThrow(
        'holds what this process cannot read',
      );
      expect(newer.value).toEqual({ load: 9 });
    });

    it('is null at revision 0 before the first value, and set by compare-and-set', async () => {
      const mine = await watched();
      const other = await watched();
      expect([mine.value, mine.revision]).toEqual([null, 0]);
      const revision = await mine.update({ load: 1 }, 0);
      expect([mine.value, mine.revision]).toEqual([{ load: 1 }, revision]);
      await vi.waitFor(() => expect(other.value).toEqual({ load: 1 }), eventually);
      expect(await other.update({ load: 2 }, 0)).toBeNull();
      expect(await other.update({ load: 2 }, other.revision)).toBeGreaterThan(revision!);
      await vi.waitFor(() => expect(mine.value).toEqual({ load: 2 }), eventually);
    });

    it('lets exactly one of many win', async () => {
      const all = await Promise.all(Array.from({ length: 8 }, watched));
      const won = await Promise.all(all.map((one, load) => one.update({ load }, 0)));
      expect(won.filter((revision) => revision !== null)).toHaveLength(1);
      const winner = { load: won.findIndex((revision) => revision !== null) };
      await vi.waitFor(
        () => expect(all.map(({ value }) => value)).toEqual(all.map(() => winner)),
        eventually,
      );
    });

    it('goes on after a restart of NATS', async () => {
      const mine = await watched();
      const other = await watched();
      await mine.update({ load: 1 }, 0);
      await nats.restart();
      await vi.waitFor(() => mine.update({ load: 2 }, mine.revision), eventually);
      await vi.waitFor(() => expect(other.value).toEqual({ load: 2 }), eventually);
    });

    it('becomes what the bucket holds after NATS lost its data', async () => {
      const mine = await watched();
      await mine.update({ load: 1 }, 0);
      await mine.update({ load: 2 }, mine.revision);
      await nats.loseData();
      await vi.waitFor(ensureBuckets, eventually);
      await vi.waitFor(() => expect([mine.value, mine.revision]).toEqual([null, 0]), eventually);
      await mine.update({ load: 3 }, 0);
      expect(mine.value).toEqual({ load: 3 });
    });
  });

  describe('WatchedKeys', () => {
    it('holds what is set until it is deleted, and tells all who watch', async () => {
      const mine = await keys();
      const other = await keys();
      const told: [string, State | null][] = [];
      other.onChange((key, value) => told.push([key, value]));
      await mine.set('a', { load: 1 });
      await mine.set('b', { load: 2 });
      await mine.delete('a');
      expect(mine.entries()).toEqual(new Map([['b', { load: 2 }]]));
      await vi.waitFor(() => expect(other.entries()).toEqual(mine.entries()), eventually);
      expect((await keys()).entries()).toEqual(mine.entries());
      expect(told).toEqual([
        ['a', { load: 1 }],
        ['b', { load: 2 }],
        ['a', null],
      ]);
    });

    it('goes on after a restart of NATS, and forgets what NATS has lost', async () => {
      const mine = await keys();
      await mine.set('a', { load: 1 });
      await nats.restart();
      await vi.waitFor(() => mine.set('b', { load: 2 }), eventually);
      // Told again from the beginning, perhaps after b was set here.
      expect([...mine.entries().keys()].toSorted()).toEqual(['a', 'b']);
      const gone = vi.fn<(key: string, value: State | null) => void>();
      mine.onChange(gone);
      await nats.loseData();
      await vi.waitFor(ensureBuckets, eventually);
      await vi.waitFor(() => expect(mine.entries()).toEqual(new Map()), eventually);
      expect(gone.mock.calls).toEqual([
        ['a', null],
        ['b', null],
      ]);
    });

    it('leaves out what it cannot read', async () => {
      await (await keys()).set('strange', { load: 9 });
      expect((await keys(refuse)).entries()).toEqual(new Map());
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

    it('refuses a beat so slow that one lost beat ends the membership', () => {
      const options = { bucket: crew, key: 'a', everyMs: 600, ttlMs: 1_000, state: () => null };
      expect(() => new Heartbeat(connection, options)).toThrow('at most half');
    });
  });
});
