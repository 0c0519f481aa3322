import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ensureBucket } from '@shoal/nats';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type NatsServer, startNats } from '../../../test/cluster/nats-server.js';
import { Heartbeat, Roster } from './index.js';

interface State {
  load: number;
}

const TTL_MS = 1_000;
const EVERY_MS = 200;
const eventually = { timeout: 15_000, interval: 20 };

describe('a roster, when there is silence,', { timeout: 40_000 }, () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  /** What the test has opened, to be closed in the opposite order. */
  const open: (() => unknown)[] = [];

  beforeEach(async () => {
    nats = await startNats();
    open.push(() => nats.stop());
    connection = await connected();
    await ensureBucket(connection, { bucket: 'M', ttlMs: TTL_MS });
  });
  afterEach(async () => {
    for (const close of open.splice(0).toReversed()) await close();
  });

  const connected = async () => {
    const opened = await connect({ servers: nats.url });
    open.push(() => opened.close());
    return opened;
  };
  const roster = async (onlyWhatIsStored = false) => {
    const opened = await Roster.open<State>(connection, {
      bucket: 'M',
      ttlMs: TTL_MS,
      persistedBeatsOnly: onlyWhatIsStored,
    });
    open.push(() => opened.close());
    return opened;
  };
  const heartbeat = async (key: string, state: State, via = connection) => {
    const options = { bucket: 'M', key, everyMs: EVERY_MS, ttlMs: TTL_MS, state: () => state };
    const started = new Heartbeat<State>(via, options);
    await started.start();
    open.push(() => started.stop());
  };

  it('drops a member that fell silent, and no other', async () => {
    const lost = await connected();
    await heartbeat('alive', { load: 1 });
    await heartbeat('lost', { load: 1 }, lost);
    const present = await roster();
    expect([...present.members().keys()].toSorted()).toEqual(['alive', 'lost']);
    await lost.close();
    const lostAt = performance.now();
    await vi.waitFor(() => expect([...present.members().keys()]).toEqual(['alive']), eventually);
    // Its own silence counts, not the longer one that is allowed to all together.
    expect(performance.now() - lostAt).toBeLessThan(2 * TTL_MS);
  });

  it('takes a silence that all share for that of the bucket: nobody goes before it lasted 4 ttl', async () => {
    const lost = await connected();
    for (const name of ['a', 'b']) await heartbeat(name, { load: 1 }, lost);
    const present = await roster();
    await lost.close();
    const lostAt = performance.now();
    await vi.waitFor(() => expect(present.members().size).toBeLessThan(2), eventually);
    expect(performance.now() - lostAt).toBeGreaterThan(3 * TTL_MS);
    await vi.waitFor(() => expect(present.members().size).toBe(0), eventually);
  });

  it('loses nobody by a silence of 3 ttl that all shared', async () => {
    const lost = await connected();
    for (const name of ['a', 'b']) await heartbeat(name, { load: 1 }, lost);
    const present = await roster();
    const onChange = vi.fn<() => void>();
    present.onChange(onChange);
    await lost.close();
    await new Promise((resolve) => setTimeout(resolve, 3 * TTL_MS));
    for (const name of ['a', 'b', 'c']) await heartbeat(name, { load: 1 });
    await vi.waitFor(() => expect(present.members().size).toBe(3), eventually);
    expect(onChange).toHaveBeenCalledExactlyOnceWith('c', { load: 1 });
  });

  it('gives everybody time to be heard again when such a silence ends', async () => {
    const lost = await connected();
    for (const name of ['a', 'b']) await heartbeat(name, { load: 1 }, lost);
    const present = await roster();
    await lost.close();
    await new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));
    await heartbeat('a', { load: 2 });
    await vi.waitFor(() => expect(present.get('a')).toEqual({ load: 2 }), eventually);
    const heardAt = performance.now();
    await vi.waitFor(() => expect(present.get('b')).toBeUndefined(), eventually);
    expect(performance.now() - heardAt).toBeGreaterThan(TTL_MS / 2);
  });

  it('believes at once in the end of a lease, even when there is no other', async () => {
    const lost = await connected();
    await heartbeat('lease', { load: 1 }, lost);
    const present = await roster(true);
    await lost.close();
    const lostAt = performance.now();
    await vi.waitFor(() => expect(present.members().size).toBe(0), eventually);
    expect(performance.now() - lostAt).toBeLessThan(2 * TTL_MS);
  });

  it('hears a member whose beats cannot be stored, but does not take a lease for granted that is not', async () => {
    const state = { load: 1 };
    await heartbeat('a', state);
    const [present, leases] = [await roster(), await roster(true)];
    await (await jetstreamManager(connection)).streams.delete('KV_M');
    state.load = 2;
    await vi.waitFor(() => expect(present.get('a')).toEqual({ load: 2 }), eventually);
    await vi.waitFor(() => expect(leases.members().size).toBe(0), eventually);
    expect(present.get('a')).toEqual({ load: 2 });
  });

  it('does not go back from what it heard to an older state that is read from the bucket later', async () => {
    const { streams } = await jetstreamManager(connection);
    await streams.update('KV_M', {
      subjects: ['$KV.M.>', 'unheard.>'],
      subject_transform: { src: 'unheard.>', dest: '$KV.M.>' },
    });
    const present = await roster();
    connection.publish('$KV.M.a', JSON.stringify({ load: 2 }));
    for (const key of ['a', 'b']) connection.publish(`unheard.${key}`, JSON.stringify({ load: 1 }));
    await vi.waitFor(() => expect(present.get('b')).toEqual({ load: 1 }), eventually);
    expect(present.get('a')).toEqual({ load: 2 });
  });

  it('holds a pause of NATS, longer than the ttl, against nobody', async () => {
    await heartbeat('a', { load: 1 });
    const present = await roster();
    const onChange = vi.fn<() => void>();
    present.onChange(onChange);
    nats.pause();
    await new Promise((resolve) => setTimeout(resolve, 2 * TTL_MS));
    nats.resume();
    await heartbeat('b', { load: 1 });
    await vi.waitFor(() => expect(present.members().size).toBe(2), eventually);
    expect(onChange).toHaveBeenCalledExactlyOnceWith('b', { load: 1 });
  });
});
