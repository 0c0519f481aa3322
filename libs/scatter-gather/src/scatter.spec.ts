import { describe, expect, it, vi } from 'vitest';
import { nextStatus } from '../../../test/cluster/nats-server.js';
import { connection, legs, reject, replica, scatter, withReplicas } from '../../../test/cluster/replicas.js';

withReplicas();

describe('a gather', () => {
  it('has one outcome per leg, in their order', async () => {
    replica('a');
    replica('b');
    const outcomes = await scatter([['a'], ['b']]).gather(legs(1, 0), 1_000);
    expect(outcomes).toMatchObject([
      { shard: 1, outcome: 'answered', replica: 'b', result: 'b:fish' },
      { shard: 0, outcome: 'answered', replica: 'a', result: 'a:fish' },
    ]);
  });

  it('of no shards ends at once', async () => {
    expect(await scatter([]).gather([], 1_000)).toEqual([]);
  });

  it('ends at its deadline, with those that answered and the name of the one that did not', async () => {
    replica('a');
    replica('mute', () => undefined);
    const began = performance.now();
    const outcomes = await scatter([['a'], ['mute']]).gather(legs(0, 1), 80);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(outcomes).toMatchObject([
      { shard: 0, outcome: 'answered' },
      { shard: 1, outcome: 'timedOut', replica: 'mute' },
    ]);
    expect(outcomes[1]?.roundTripMs).toBeGreaterThanOrEqual(79);
  });

  it('asks once more when the connection is lost, and does not wait for what is lost with it', async () => {
    const seen = replica('a', (message) => seen.length > 1 && message.respond('["answered"]'));
    const asking = scatter([['a']]).gather(legs(0), 20_000);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    await connection.reconnect();
    expect(await asking).toMatchObject([{ outcome: 'answered', result: 'answered' }]);
  });

  it('asks nobody while there is no connection, and once there is one again not twice', async () => {
    const seen = replica('a');
    const asking = scatter([['a', 'b']]);
    const disconnected = nextStatus(connection, 'disconnect');
    await connection.reconnect();
    await disconnected;
    expect(await asking.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'a' }]);
    expect(seen).toHaveLength(1);
  });

  it('asks again when nobody is there: they may be on their way to another NATS server', async () => {
    const rejected: string[] = [];
    const onRejected = (name: string) => {
      // By the time that both are known to be away for the second time, one is back.
      if (rejected.push(name) === 4) replica('second');
    };
    const [outcome] = await scatter([['first', 'second']], { onRejected: onRejected }).gather(
      legs(0),
      20_000,
    );
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'second' });
  });

  it('has failed when nobody is there for too long, well before its deadline', async () => {
    const rejected: string[] = [];
    const onRejected = (name: string) => rejected.push(name);
    const began = performance.now();
    const [outcome] = await scatter([['first', 'second']], { onRejected: onRejected }).gather(
      legs(0),
      20_000,
    );
    expect(outcome).toMatchObject({ outcome: 'failed' });
    expect(rejected.filter((name) => name === 'first')).toHaveLength(3);
    expect(rejected.filter((name) => name === 'second')).toHaveLength(3);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('tells each replica how much time is left', async () => {
    const seen = replica('a');
    await scatter([['a']]).gather(legs(0), 500);
    const budgetMs = seen[0]?.[0]?.budgetMs;
    expect(budgetMs).toBeGreaterThan(0);
    expect(budgetMs).toBeLessThanOrEqual(500);
  });

  it('asks the next replica at once when nobody listens for the first', async () => {
    replica('alive');
    const reasons: string[] = [];
    const onRejected = (name: string, reason: string) => reasons.push(`${name}: ${reason}`);
    const began = performance.now();
    const [outcome] = await scatter([['dead', 'alive']], { onRejected: onRejected }).gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'alive' });
    expect(reasons).toEqual(['dead: no responders']);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('asks the next replica when one rejects, or says what nobody understands', async () => {
    replica('busy', reject);
    replica('confused', (message) => void message.respond('not json'));
    replica('fine');
    const [outcome] = await scatter([['busy', 'confused', 'fine']]).gather(legs(0), 1_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'fine' });
  });

  it('has failed for a shard when all its replicas reject, and for one without any, and for no other', async () => {
    replica('busy', reject);
    replica('fine');
    const placed = [['busy', 'dead'], ['fine'], [], ['busy']];
    expect(await scatter(placed).gather(legs(0, 1, 2, 3), 1_000)).toMatchObject([
      { outcome: 'failed', replica: 'dead', reason: 'no responders' },
      { outcome: 'answered', replica: 'fine' },
      { outcome: 'failed', replica: null, reason: 'there is no replica' },
      { outcome: 'failed', replica: 'busy', reason: 'busy' },
    ]);
  });

  it('counts a query that the replica dropped, its time being over, as timed out', async () => {
    replica('late', (message) => void message.respond('[null]'));
    const [outcome] = await scatter([['late']]).gather(legs(0), 1_000);
    expect(outcome).toMatchObject({ outcome: 'timedOut', replica: 'late' });
  });

  it('takes no notice of a reply that comes after the deadline', async () => {
    let late: (() => void) | undefined;
    replica('slow', (message, words) => {
      late = () => void message.respond(JSON.stringify(words.map(() => 'too late')));
    });
    const asking = scatter([['slow']]);
    const first = await asking.gather(legs(0), 50);
    late?.();
    await connection.flush();
    expect(first).toMatchObject([{ outcome: 'timedOut' }]);
    expect(first[0]).not.toHaveProperty('result');
  });
});

describe('a batch', () => {
  it('carries the queries of one turn to a shard in one message, each with its own answer', async () => {
    const seen = replica('a');
    const asking = scatter([['a']]);
    const words = ['one', 'two', 'three'];
    const answers = await Promise.all(words.map((query) => asking.gather([{ shard: 0, query }], 1_000)));
    expect(answers.map(([outcome]) => outcome?.result)).toEqual(['a:one', 'a:two', 'a:three']);
    expect(seen.map((batch) => batch.map(({ query }) => query))).toEqual([words]);
  });

  it('goes to the next replica whole, but for what has timed out meanwhile', async () => {
    let answer: (() => void) | undefined;
    replica('slow', (message) => (answer = () => reject(message)));
    const seen = replica('quick');
    const asking = scatter([['slow', 'quick']]);
    const short = asking.gather([{ shard: 0, query: 'short' }], 40);
    const long = asking.gather([{ shard: 0, query: 'long' }], 2_000);
    expect(await short).toMatchObject([{ outcome: 'timedOut', replica: 'slow' }]);
    answer?.();
    expect(await long).toMatchObject([{ outcome: 'answered', result: 'quick:long' }]);
    expect(seen.map((batch) => batch.map(({ query }) => query))).toEqual([['long']]);
  });
});
