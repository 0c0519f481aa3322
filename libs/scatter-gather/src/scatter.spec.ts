import { describe, expect, it, vi } from 'vitest';
import { nextStatus } from '../../../test/cluster/nats-server.js';
import { connection, legs, reject, replica, scatter, withReplicas } from '../../../test/cluster/replicas.js';
import type { RejectionReason } from './leg.js';

withReplicas();

describe('gather', () => {
  it('returns one outcome per target in their order', async () => {
    replica('a');
    replica('b');
    const outcomes = await scatter([['a'], ['b']]).gather(legs(1, 0), 1_000);
    expect(outcomes).toMatchObject([
      { target: 1, outcome: 'answered', replica: 'b', result: 'b:fish' },
      { target: 0, outcome: 'answered', replica: 'a', result: 'a:fish' },
    ]);
  });

  it('returns no outcome without targets', async () => {
    expect(await scatter([]).gather([], 1_000)).toEqual([]);
  });

  it('ends at its deadline and names the silent replica', async () => {
    replica('a');
    replica('mute', () => undefined);
    const began = performance.now();
    const outcomes = await scatter([['a'], ['mute']]).gather(legs(0, 1), 80);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(outcomes).toMatchObject([
      { target: 0, outcome: 'answered' },
      { target: 1, outcome: 'timedOut', replica: 'mute' },
    ]);
    expect(outcomes[1]?.roundTripMs).toBeGreaterThanOrEqual(79);
  });

  it('retries when the connection is lost with a request in flight', async () => {
    const received = replica('a', (message) => received.length > 1 && message.respond('["answered"]'));
    const outcomes = scatter([['a']]).gather(legs(0), 20_000);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    await connection.reconnect();
    expect(await outcomes).toMatchObject([{ outcome: 'answered', result: 'answered' }]);
  });

  it('sends one request after reconnecting when there was no connection', async () => {
    const received = replica('a');
    const scattering = scatter([['a', 'b']]);
    const disconnected = nextStatus(connection, 'disconnect');
    await connection.reconnect();
    await disconnected;
    expect(await scattering.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'a' }]);
    expect(received).toHaveLength(1);
  });

  it('retries unreachable replicas, which may be failing over', async () => {
    const rejected: string[] = [];
    const onRejected = (name: string) => {
      // One replica is back after both were unreachable twice.
      if (rejected.push(name) === 4) replica('second');
    };
    const [outcome] = await scatter([['first', 'second']], { onRejected }).gather(legs(0), 20_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'second' });
  });

  it('fails before its deadline when replicas stay unreachable', async () => {
    const rejected: string[] = [];
    const onRejected = (name: string) => rejected.push(name);
    const began = performance.now();
    const [outcome] = await scatter([['first', 'second']], { onRejected }).gather(legs(0), 20_000);
    expect(outcome).toMatchObject({ outcome: 'failed' });
    expect(rejected.filter((name) => name === 'first')).toHaveLength(3);
    expect(rejected.filter((name) => name === 'second')).toHaveLength(3);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('sends the remaining time budget to each replica', async () => {
    const received = replica('a');
    await scatter([['a']]).gather(legs(0), 500);
    const budgetMs = received[0]?.[0]?.budgetMs;
    expect(budgetMs).toBeGreaterThan(0);
    expect(budgetMs).toBeLessThanOrEqual(500);
  });

  it('retries the next replica immediately when the first is unreachable', async () => {
    replica('alive');
    const reasons: string[] = [];
    const onRejected = (name: string, { code }: RejectionReason) => reasons.push(`${name}: ${code}`);
    const began = performance.now();
    const [outcome] = await scatter([['dead', 'alive']], { onRejected }).gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'alive' });
    expect(reasons).toEqual(['dead: unreachable']);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('retries the next replica after a rejection or an unreadable reply', async () => {
    replica('busy', reject);
    replica('confused', (message) => void message.respond('not json'));
    replica('fine');
    const [outcome] = await scatter([['busy', 'confused', 'fine']]).gather(legs(0), 1_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'fine' });
  });

  it('fails only targets without a replica that can answer', async () => {
    replica('busy', reject);
    replica('fine');
    const placed = [['busy', 'dead'], ['fine'], [], ['busy']];
    expect(await scatter(placed).gather(legs(0, 1, 2, 3), 1_000)).toMatchObject([
      { outcome: 'failed', replica: 'dead', reason: { code: 'unreachable', detail: 'no responders' } },
      { outcome: 'answered', replica: 'fine' },
      { outcome: 'failed', replica: null, reason: { code: 'no-replica' } },
      { outcome: 'failed', replica: 'busy', reason: { code: 'declined', detail: 'busy' } },
    ]);
  });

  it('counts a query that the replica dropped as timed out', async () => {
    replica('late', (message) => void message.respond('[null]'));
    const [outcome] = await scatter([['late']]).gather(legs(0), 1_000);
    expect(outcome).toMatchObject({ outcome: 'timedOut', replica: 'late' });
  });

  it('ignores a reply after the deadline', async () => {
    let late: (() => void) | undefined;
    replica('slow', (message, words) => {
      late = () => void message.respond(JSON.stringify(words.map(() => 'too late')));
    });
    const scattering = scatter([['slow']]);
    const first = await scattering.gather(legs(0), 50);
    late?.();
    await connection.flush();
    expect(first).toMatchObject([{ outcome: 'timedOut' }]);
    expect(first[0]).not.toHaveProperty('result');
  });
});

describe('a batch', () => {
  it('carries all queries of one turn in one message', async () => {
    const received = replica('a');
    const scattering = scatter([['a']]);
    const words = ['one', 'two', 'three'];
    const answers = await Promise.all(words.map((query) => scattering.gather([{ target: 0, query }], 1_000)));
    expect(answers.map(([outcome]) => outcome?.result)).toEqual(['a:one', 'a:two', 'a:three']);
    expect(received.map((batch) => batch.map(({ query }) => query))).toEqual([words]);
  });

  it('is retried without the queries that have timed out', async () => {
    let answer: (() => void) | undefined;
    replica('slow', (message) => (answer = () => reject(message)));
    const received = replica('quick');
    const scattering = scatter([['slow', 'quick']]);
    const short = scattering.gather([{ target: 0, query: 'short' }], 40);
    const long = scattering.gather([{ target: 0, query: 'long' }], 2_000);
    expect(await short).toMatchObject([{ outcome: 'timedOut', replica: 'slow' }]);
    answer?.();
    expect(await long).toMatchObject([{ outcome: 'answered', result: 'quick:long' }]);
    expect(received.map((batch) => batch.map(({ query }) => query))).toEqual([['long']]);
  });
});
