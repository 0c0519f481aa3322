import { once } from 'node:events';
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startNats, type NatsServer } from '../../../test/cluster/nats-server.js';
import { startProxy } from '../../../test/cluster/tcp-proxy.js';
import { Lease, type LeaseOptions } from './lease.js';

const TTL = 600;
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 10 });

describe('Lease', () => {
  let nats: NatsServer;
  let connection: NatsConnection;
  let bucket: string;
  let leases: Lease[];
  let count = 0;

  beforeAll(async () => {
    nats = await startNats();
    connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  });
  afterAll(async () => {
    await connection?.close();
    await nats?.stop();
  });
  beforeEach(() => {
    bucket = `LEASE_${++count}`;
    leases = [];
  });
  afterEach(async () => {
    await Promise.all(leases.map((lease) => lease.stop()));
  });

  function candidate(leader: string, options: Partial<LeaseOptions> = {}, via = connection): Lease {
    const value = JSON.stringify({ leader });
    const lease = new Lease(via, { bucket, key: 'leader', candidate: leader, value, ttlMs: TTL, ...options });
    leases.push(lease);
    return lease;
  }
  const leaders = () => leases.filter((lease) => lease.token !== null);

  it('lets exactly one of many candidates win, and only that one', async () => {
    const wins: number[] = [];
    for (let i = 0; i < 20; i++) {
      candidate(`c${i}`)
        .on('acquired', (token) => wins.push(token))
        .start();
    }
    await until(() => expect(leaders()).toHaveLength(1));
    const settled = performance.now() + 3 * TTL;
    await until(() => {
      expect(leaders().length).toBeLessThanOrEqual(1);
      expect(performance.now()).toBeGreaterThan(settled);
    });
    expect(wins).toEqual([leaders()[0]!.token]);
  });

  it('stores its value for others to read', async () => {
    const lease = candidate('a');
    lease.start();
    await once(lease, 'acquired');
    const kv = await new Kvm(connection).open(bucket);
    expect((await kv.get('leader'))!.json()).toEqual({ leader: 'a' });
  });

  it('passes to another as soon as it is resigned, with a larger token', async () => {
    const a = candidate('a', { ttlMs: 10_000 });
    const b = candidate('b', { ttlMs: 10_000 });
    a.start();
    const [first] = await once(a, 'acquired');
    b.start();
    const started = performance.now();
    const [[reason], [second]] = await Promise.all([once(a, 'lost'), once(b, 'acquired'), a.stop()]);
    expect(reason).toBe('a resigned');
    expect(second).toBeGreaterThan(first);
    // The next try comes after a twelfth of the time to live, not after all of it.
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('keeps to one leader at a time, with growing tokens, when leaders resign again and again', async () => {
    const wins: number[] = [];
    for (let i = 0; i < 5; i++)
      candidate(`c${i}`)
        .on('acquired', (token) => wins.push(token))
        .start();
    for (let round = 1; round <= 8; round++) {
      await until(() => expect(wins).toHaveLength(round));
      expect(leaders()).toHaveLength(1);
      const [leader] = leaders();
      await leader!.stop();
      leader!.start();
    }
    expect(wins).toEqual(wins.toSorted((a, b) => a - b));
    expect(new Set(wins).size).toBe(wins.length);
  });

  it('holds longer than its time to live by renewing', async () => {
    const lease = candidate('a');
    lease.start();
    const [token] = await once(lease, 'acquired');
    const kv = await new Kvm(connection).open(bucket);
    await until(async () => expect((await kv.get('leader'))!.revision).toBeGreaterThan(token + 6));
    expect(lease.token).toBe(token);
  });

  it('does not believe any more, at the first look, when the process was paused for longer than the lease', async () => {
    let pausedMs = 0;
    const lease = candidate('a', { now: () => performance.now() + pausedMs });
    lease.start();
    const [token] = await once(lease, 'acquired');
    expect(lease.token).toBe(token);
    pausedMs = TTL;
    expect(lease.token).toBeNull();
    const lost = once(lease, 'lost');
    const won = once(lease, 'acquired');
    expect((await lost)[0]).toMatch(/did not renew/);
    expect((await won)[0]).toBeGreaterThan(token);
  });

  it('tells how long it may still be believed in without a renewal', async () => {
    let now = 0;
    const lease = candidate('a', { ttlMs: 10_000, now: () => now });
    expect(lease.remainingMs).toBe(0);
    lease.start();
    await once(lease, 'acquired');
    const whole = lease.remainingMs;
    expect(whole).toBeGreaterThan(5_000);
    now += 4_000;
    expect(lease.remainingMs).toBe(whole - 4_000);
    now += 10_000;
    expect(lease.remainingMs).toBe(0);
  });

  it('tells a leader that is cut off from NATS that it has lost before another wins', async () => {
    const proxy = await startProxy(nats.url);
    const cutOff = await connect({ servers: proxy.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
    const order: string[] = [];
    const a = candidate('a', {}, cutOff).on('lost', () => order.push('a lost'));
    a.start();
    await once(a, 'acquired');
    const b = candidate('b').on('acquired', () => order.push('b acquired'));
    b.start();

    proxy.dropReplies();
    await once(b, 'acquired');
    expect(order).toEqual(['a lost', 'b acquired']);
    expect(a.token).toBeNull();
    proxy.heal();
    await a.stop();
    await cutOff.close();
    await proxy.stop();
  });

  it('lets another win when a leader has been silent for the time to live, and not before', async () => {
    const lease = candidate('b');
    lease.start();
    await once(lease, 'acquired');
    await lease.stop();
    const kv = await new Kvm(connection).open(bucket);
    const sent = performance.now();
    await kv.create('leader', 'written by a leader that died');
    lease.start();
    await once(lease, 'acquired');
    const silence = performance.now() - sent;
    expect(silence).toBeGreaterThan(TTL);
    // The server looks for old keys every 250 ms; the rest is for a busy machine.
    expect(silence).toBeLessThan(TTL + 250 + 1000);
  });

  it('campaigns again, for a larger token, after its bucket was deleted', async () => {
    const lease = candidate('a');
    const errors: Error[] = [];
    lease.on('retrying', (error) => errors.push(error));
    lease.start();
    const [first] = await once(lease, 'acquired');
    await (await jetstreamManager(connection)).streams.delete(`KV_${bucket}`);
    const [second] = await once(lease, 'acquired');
    expect(second).toBeGreaterThan(first);
    expect(errors).not.toHaveLength(0);
  });

  it('goes by no wall clock of the candidates: one that jumps changes nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const a = candidate('a');
      a.start();
      await until(() => expect(a.token).not.toBeNull());
      const { token } = a;
      const lost = vi.fn<(reason: string) => void>();
      a.on('lost', lost);
      const b = candidate('b');
      b.start();
      for (const hours of [3, -48, 24 * 365]) {
        vi.setSystemTime(Date.now() + hours * 3_600_000);
        const passed = performance.now() + TTL;
        await until(() => expect(performance.now()).toBeGreaterThan(passed));
        expect([a.token, b.token, lost.mock.calls]).toEqual([token, null, []]);
      }
    } finally {
      vi.useRealTimers();
    }
  });

  it('is given up by a leader whose clock stood still, as soon as it hears of another', async () => {
    let stopped: number | null = null;
    const a = candidate('a', { now: () => stopped ?? performance.now() });
    a.start();
    await until(() => expect(a.token).not.toBeNull());
    const token = a.token!;
    // As when a virtual machine is suspended: its clock does not count that time.
    stopped = performance.now();
    const kv = await new Kvm(connection).open(bucket);
    await kv.delete('leader');
    const b = candidate('b');
    b.start();
    await until(() => expect(b.token).toBeGreaterThan(token));
    const lost = vi.fn<(reason: string) => void>();
    a.on('lost', lost);
    a.forfeit(token, 'the log has a newer fence');
    a.forfeit(token, 'the log has a newer fence');
    expect(a.token).toBeNull();
    expect(lost).toHaveBeenCalledExactlyOnceWith('the log has a newer fence');
    expect(b.token).not.toBeNull();
  });

  it('outlives a restart of NATS', async () => {
    const lease = candidate('a');
    lease.start();
    const [first] = await once(lease, 'acquired');
    await nats.restart();
    const fresh = await connect({ servers: nats.url });
    const kv = await new Kvm(fresh).open(bucket);
    await until(async () => expect((await kv.get('leader'))?.revision).toBeGreaterThan(first));
    await until(() => expect(lease.token).toBeGreaterThanOrEqual(first));
    await fresh.close();
  });

  it('lets nobody win in a bucket that never forgets, and says what to do', async () => {
    await new Kvm(connection).create(bucket);
    const lease = candidate('a');
    lease.start();
    const [error] = await once(lease, 'retrying');
    expect(error.message).toMatch(/without a max_age.*delete it/);
    expect(lease.token).toBeNull();
  });

  it('counts with the age of a bucket that was there before', async () => {
    await new Kvm(connection).create(bucket, { ttl: TTL });
    const patient = candidate('a', { ttlMs: 60_000 });
    patient.start();
    const [token] = await once(patient, 'acquired');
    const kv = await new Kvm(connection).open(bucket);
    await until(async () => expect((await kv.get('leader'))!.revision).toBeGreaterThan(token + 3));
    expect(patient.token).toBe(token);
  });

  it('may be stopped before it won, and twice', async () => {
    const lease = candidate('a');
    await lease.stop();
    lease.start();
    await lease.stop();
    await lease.stop();
    expect(lease.token).toBeNull();
  });
});
