import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { ensureBucket, WatchedKeys, WatchedValue } from './index.js';

interface State {
  load: number;
}

const rejectUnknown = (): State => {
  throw new Error('unknown version');
};
const eventually = { timeout: 15_000, interval: 20 };

describe('a watched bucket over a real NATS', { timeout: 40_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  const open: { close(): void }[] = [];
  let count = 0;
  let plan: string;

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterAll(async () => {
    await connection.close();
    await nats.stop();
  });
  // A new bucket for each test: the server may still be removing the files of one with the same name.
  beforeEach(() => {
    plan = `C${++count}`;
    return ensurePlan();
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  const ensurePlan = () => ensureBucket(connection, { bucket: plan });
  const watched = async () => {
    const opened = await WatchedValue.open<State>(connection, { bucket: plan, key: 'topology' });
    open.push(opened);
    return opened;
  };
  const keys = async (parse?: (json: string) => State) => {
    const opened = await WatchedKeys.open<State>(connection, { bucket: plan, ...(parse ? { parse } : {}) });
    open.push(opened);
    return opened;
  };

  describe('ensureBucket', () => {
    it('changes the ttl of an existing bucket when called concurrently', async () => {
      await Promise.all(
        Array.from({ length: 10 }, () => ensureBucket(connection, { bucket: plan, ttlMs: 5_000 })),
      );
      await ensureBucket(connection, { bucket: plan, ttlMs: 3_000 });
      const { streams } = await jetstreamManager(connection);
      expect((await streams.info(`KV_${plan}`)).config.max_age).toBe(3_000_000_000);
    });
  });

  describe('WatchedValue', () => {
    it('keeps an unreadable value and reports it as null', async () => {
      const newer = await watched();
      const revision = await newer.update({ load: 9 }, 0);
      const older = await WatchedValue.open<State>(connection, {
        bucket: plan,
        key: 'topology',
        parse: rejectUnknown,
      });
      open.push(older);
      expect([older.value, older.revision]).toEqual([null, revision]);
      await expect(older.update({ load: 1 }, revision!)).rejects.toThrow(
        'holds a value that this process cannot read',
      );
      expect(newer.value).toEqual({ load: 9 });
    });

    it('sets the value by compare-and-set, from null at revision 0', async () => {
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

    it('accepts exactly one of many concurrent updates', async () => {
      const all = await Promise.all(Array.from({ length: 8 }, watched));
      const won = await Promise.all(all.map((one, load) => one.update({ load }, 0)));
      expect(won.filter((revision) => revision !== null)).toHaveLength(1);
      const winner = { load: won.findIndex((revision) => revision !== null) };
      await vi.waitFor(
        () => expect(all.map(({ value }) => value)).toEqual(all.map(() => winner)),
        eventually,
      );
    });

    it('delivers later values when NATS restarts', async () => {
      const mine = await watched();
      const other = await watched();
      await mine.update({ load: 1 }, 0);
      await nats.restart();
      await vi.waitFor(() => mine.update({ load: 2 }, mine.revision), eventually);
      await vi.waitFor(() => expect(other.value).toEqual({ load: 2 }), eventually);
    });

    it('becomes null when NATS loses its data', async () => {
      const mine = await watched();
      await mine.update({ load: 1 }, 0);
      await mine.update({ load: 2 }, mine.revision);
      await nats.loseData();
      await vi.waitFor(ensurePlan, eventually);
      await vi.waitFor(() => expect([mine.value, mine.revision]).toEqual([null, 0]), eventually);
      await mine.update({ load: 3 }, 0);
      expect(mine.value).toEqual({ load: 3 });
    });
  });

  describe('WatchedKeys', () => {
    it('delivers sets and deletions to every watcher', async () => {
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

    it('keeps its keys when NATS restarts, and drops them when NATS loses its data', async () => {
      const mine = await keys();
      await mine.set('a', { load: 1 });
      await nats.restart();
      await vi.waitFor(() => mine.set('b', { load: 2 }), eventually);
      // The watch delivers all keys again, perhaps after b was set here.
      expect([...mine.entries().keys()].toSorted()).toEqual(['a', 'b']);
      const gone = vi.fn<(key: string, value: State | null) => void>();
      mine.onChange(gone);
      await nats.loseData();
      await vi.waitFor(ensurePlan, eventually);
      await vi.waitFor(() => expect(mine.entries()).toEqual(new Map()), eventually);
      expect(gone.mock.calls).toEqual([
        ['a', null],
        ['b', null],
      ]);
    });

    it('leaves out unreadable values', async () => {
      await (await keys()).set('strange', { load: 9 });
      expect((await keys(rejectUnknown)).entries()).toEqual(new Map());
    });
  });
});
