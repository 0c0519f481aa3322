import { describe, expect, it, vi } from 'vitest';
import {
  legs,
  losing,
  policy,
  reject,
  replica,
  scatter,
  withReplicas,
} from '../../../test/cluster/replicas.js';
import { RetryBudget } from './retry-budget.js';

withReplicas();

describe('a retry', () => {
  it('fails the leg immediately when the budget is spent', async () => {
    const full = replica('full', reject);
    const other = replica('other');
    const scattering = scatter([['full', 'other']], {}, null, new RetryBudget(0, 0));
    const [outcome] = await scattering.gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'failed', replica: 'full' });
    expect([full.length, other.length]).toEqual([1, 0]);
  });

  it('does not multiply the load when all replicas reject', async () => {
    const received = [replica('full', reject), replica('fuller', reject)];
    const scattering = scatter([['full', 'fuller']], {}, null, new RetryBudget(0.1, 5));
    for (let i = 0; i < 100; i++) await scattering.gather(legs(0), 5_000);
    expect(received.flat().length).toBeGreaterThanOrEqual(105);
    expect(received.flat().length).toBeLessThanOrEqual(115);
  });

  it('becomes rare when a replica is unreachable and therefore avoided', async () => {
    replica('alive');
    let rejected = 0;
    const scattering = scatter([['dead', 'alive']], { onRejected: () => rejected++ });
    const began = performance.now();
    for (let i = 0; i < 30; i++) {
      expect(await scattering.gather(legs(0), 5_000)).toMatchObject([
        { outcome: 'answered', replica: 'alive' },
      ]);
    }
    expect(rejected).toBeLessThanOrEqual(1 + (performance.now() - began) / 250);
  });
});

describe('a retry after silence', () => {
  it('is sent when attempt and hedge may be lost together', async () => {
    losing('first', 1);
    losing('second', 1);
    const scattering = scatter([['first', 'second']], {}, policy(1).hedging);
    const [outcome] = await scattering.gather(legs(0), 20_000);
    expect(outcome?.outcome).toBe('answered');
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(['first', 'hedge', 'retry']);
    expect(outcome?.roundTripMs).toBeLessThan(5_000);
  });

  it('is sent to the only replica of a target', async () => {
    losing('only', 2);
    const [outcome] = await scatter([['only']], {}, policy(1).hedging).gather(legs(0), 20_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'only', hedged: false });
  });

  it('is sent when the budget allowed no hedge', async () => {
    losing('first', 1);
    replica('second');
    const [outcome] = await scatter([['first', 'second']], {}, policy(0).hedging).gather(legs(0), 20_000);
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(['first', 'retry']);
    expect(outcome).toMatchObject({ outcome: 'answered', hedged: false });
  });

  it('prefers a replica that has not been tried', async () => {
    losing('first', 9);
    losing('second', 9);
    replica('third');
    const scattering = scatter([['first', 'second', 'third']], {}, policy(1).hedging);
    expect(await scattering.gather(legs(0), 20_000)).toMatchObject([
      { outcome: 'answered', replica: 'third' },
    ]);
  });

  it('is not sent when the policy disables hedges', async () => {
    const received = losing('only', 1);
    const hedging = { ...policy(1).hedging, delayMs: () => Infinity };
    const [outcome] = await scatter([['only']], {}, hedging).gather(legs(0), 500);
    expect([outcome?.outcome, received.length]).toEqual(['timedOut', 1]);
  });

  it.each([
    ['sent at most twice', 3_000, new RetryBudget(0.1, 50), ['first', 'hedge', 'retry', 'retry']],
    ['not sent when the budget only has its reserve', 1_000, new RetryBudget(0, 25), ['first', 'hedge']],
    ['not sent shortly before the deadline', 350, new RetryBudget(0.1, 50), ['first', 'hedge']],
  ])('is %s', async (_, budgetMs, retries, reasons) => {
    replica('a', () => undefined);
    replica('b', () => undefined);
    const [outcome] = await scatter([['a', 'b']], {}, policy(1).hedging, retries).gather(legs(0), budgetMs);
    expect(outcome?.outcome).toBe('timedOut');
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(reasons);
  });
});

describe('a hedge', () => {
  it('is sent to another replica, and the first response wins', async () => {
    replica('slow', () => undefined);
    replica('quick');
    const [outcome] = await scatter([['slow', 'quick']], {}, policy(1).hedging).gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'quick', hedged: true });
  });

  it('reports only first responses to the policy', async () => {
    const { hedging, events } = policy(1);
    replica('hangs', () => undefined);
    replica('quick');
    await scatter([['hangs', 'quick']], {}, hedging).gather(legs(0), 200);
    const over = performance.now() + 300;
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(over), { timeout: 2_000 });
    expect(events).toEqual(['sent', 'answered by hedge']);
  });

  it('is not sent after a timely response or without another replica', async () => {
    const { hedging, events } = policy(10);
    const spare = replica('spare');
    replica('quick');
    replica('slow', () => undefined);
    const scattering = scatter([['quick', 'spare'], ['slow']], {}, hedging);
    const [quick, slow] = await scattering.gather(legs(0, 1), 60);
    expect(quick).toMatchObject({ outcome: 'answered', replica: 'quick', hedged: false });
    expect(slow).toMatchObject({ outcome: 'timedOut', hedged: false });
    expect(spare).toEqual([]);
    expect(events.filter((event) => event === 'sent')).toHaveLength(2);
  });

  it('is not sent when the budget is spent', async () => {
    replica('slow', () => undefined);
    const quick = replica('quick');
    const [outcome] = await scatter([['slow', 'quick']], {}, policy(0).hedging).gather(legs(0), 60);
    expect(outcome).toMatchObject({ outcome: 'timedOut', replica: 'slow', hedged: false });
    expect(quick).toEqual([]);
  });

  it('is sent from the reserve when the response is overdue', async () => {
    replica('hangs', () => undefined);
    replica('quick');
    const [outcome] = await scatter([['hangs', 'quick']], {}, policy(0, 1).hedging).gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'quick', hedged: true });
    expect(outcome?.roundTripMs).toBeLessThan(1_000);
  });

  it('is sent again when it found its replica unreachable', async () => {
    replica('lost', () => undefined);
    const scattering = scatter(
      [['lost', 'unreachable']],
      { onRejected: () => replica('unreachable') },
      policy(1).hedging,
    );
    expect(await scattering.gather(legs(0), 20_000)).toMatchObject([
      { outcome: 'answered', replica: 'unreachable' },
    ]);
  });

  it('is sent again as long as the first attempt is in flight', async () => {
    replica('lost', () => undefined);
    const rejected: string[] = [];
    const onRejected = (name: string) => {
      if (rejected.push(name) === 5) replica('unreachable');
    };
    const scattering = scatter([['lost', 'unreachable']], { onRejected }, policy(1).hedging);
    expect(await scattering.gather(legs(0), 20_000)).toMatchObject([
      { outcome: 'answered', replica: 'unreachable' },
    ]);
  });

  it('leaves the first attempt in flight when the hedge is rejected', async () => {
    let answer: (() => void) | undefined;
    replica('slow', (message) => (answer = () => void message.respond('["slow:fish"]')));
    replica('busy', (message) => {
      reject(message);
      answer?.();
    });
    const [outcome] = await scatter([['slow', 'busy']], {}, policy(1).hedging).gather(legs(0), 2_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'slow', hedged: true });
  });
});
