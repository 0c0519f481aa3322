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
  it('is not sent when the budget is spent: the shard has failed, at once', async () => {
    const full = replica('full', reject);
    const other = replica('other');
    const asking = scatter([['full', 'other']], {}, null, new RetryBudget(0, 0));
    const [outcome] = await asking.gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'failed', replica: 'full' });
    expect([full.length, other.length]).toEqual([1, 0]);
  });

  it('does not multiply the load of a cluster that is full', async () => {
    const seen = [replica('full', reject), replica('fuller', reject)];
    const asking = scatter([['full', 'fuller']], {}, null, new RetryBudget(0.1, 5));
    for (let i = 0; i < 100; i++) await asking.gather(legs(0), 5_000);
    expect(seen.flat().length).toBeGreaterThanOrEqual(105);
    expect(seen.flat().length).toBeLessThanOrEqual(115);
  });

  it('is not needed for long when a replica is gone: it is avoided', async () => {
    replica('alive');
    let rejected = 0;
    const asking = scatter([['dead', 'alive']], { onRejected: () => rejected++ });
    const began = performance.now();
    for (let i = 0; i < 30; i++) {
      expect(await asking.gather(legs(0), 5_000)).toMatchObject([{ outcome: 'answered', replica: 'alive' }]);
    }
    expect(rejected).toBeLessThanOrEqual(1 + (performance.now() - began) / 250);
  });
});

describe('silence', () => {
  it('of all replicas is broken by asking one again: both tries may be lost with one NATS server', async () => {
    losing('first', 1);
    losing('second', 1);
    const asking = scatter([['first', 'second']], {}, policy(1).hedging);
    const [outcome] = await asking.gather(legs(0), 20_000);
    expect(outcome?.outcome).toBe('answered');
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(['first', 'hedge', 'retry']);
    expect(outcome?.roundTripMs).toBeLessThan(5_000);
  });

  it('of the only replica, too', async () => {
    losing('only', 2);
    const [outcome] = await scatter([['only']], {}, policy(1).hedging).gather(legs(0), 20_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'only', hedged: false });
  });

  it('is broken, too, when no hedge was left', async () => {
    losing('first', 1);
    replica('second');
    const [outcome] = await scatter([['first', 'second']], {}, policy(0).hedging).gather(legs(0), 20_000);
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(['first', 'retry']);
    expect(outcome).toMatchObject({ outcome: 'answered', hedged: false });
  });

  it('goes to who was not asked yet, when there is one', async () => {
    losing('first', 9);
    losing('second', 9);
    replica('third');
    const asking = scatter([['first', 'second', 'third']], {}, policy(1).hedging);
    expect(await asking.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'third' }]);
  });

  it('is not broken where nobody is to be asked besides', async () => {
    const seen = losing('only', 1);
    const hedging = { ...policy(1).hedging, delayMs: () => Infinity };
    const [outcome] = await scatter([['only']], {}, hedging).gather(legs(0), 500);
    expect([outcome?.outcome, seen.length]).toEqual(['timedOut', 1]);
  });

  it.each([
    ['broken twice, and no more', 3_000, new RetryBudget(0.1, 50), ['first', 'hedge', 'retry', 'retry']],
    [
      'waited for when what is left of the budget is for rejections',
      1_000,
      new RetryBudget(0, 25),
      ['first', 'hedge'],
    ],
    [
      'waited for when an answer could hardly come in time',
      350,
      new RetryBudget(0.1, 50),
      ['first', 'hedge'],
    ],
  ])('is %s', async (_, budgetMs, retries, reasons) => {
    replica('a', () => undefined);
    replica('b', () => undefined);
    const [outcome] = await scatter([['a', 'b']], {}, policy(1).hedging, retries).gather(legs(0), budgetMs);
    expect(outcome?.outcome).toBe('timedOut');
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(reasons);
  });
});

describe('a hedge', () => {
  it('asks another replica when one takes long, and takes the first answer', async () => {
    replica('slow', () => undefined);
    replica('quick');
    const [outcome] = await scatter([['slow', 'quick']], {}, policy(1).hedging).gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'quick', hedged: true });
  });

  it('goes by the first answers, not by those that came second or never', async () => {
    const { hedging, told } = policy(1);
    replica('hangs', () => undefined);
    replica('quick');
    await scatter([['hangs', 'quick']], {}, hedging).gather(legs(0), 200);
    const over = performance.now() + 300;
    await vi.waitFor(() => expect(performance.now()).toBeGreaterThan(over), { timeout: 2_000 });
    expect(told).toEqual(['sent', 'answered by the hedge']);
  });

  it('is not sent when the answer is there in time, or nobody else could give it', async () => {
    const { hedging, told } = policy(10);
    const spare = replica('spare');
    replica('quick');
    replica('slow', () => undefined);
    const asking = scatter([['quick', 'spare'], ['slow']], {}, hedging);
    const [quick, slow] = await asking.gather(legs(0, 1), 60);
    expect(quick).toMatchObject({ outcome: 'answered', replica: 'quick', hedged: false });
    expect(slow).toMatchObject({ outcome: 'timedOut', hedged: false });
    expect(spare).toEqual([]);
    expect(told.filter((event) => event === 'sent')).toHaveLength(2);
  });

  it('is not sent when the budget is spent', async () => {
    replica('slow', () => undefined);
    const quick = replica('quick');
    const [outcome] = await scatter([['slow', 'quick']], {}, policy(0).hedging).gather(legs(0), 60);
    expect(outcome).toMatchObject({ outcome: 'timedOut', replica: 'slow', hedged: false });
    expect(quick).toEqual([]);
  });

  it('is sent later, out of the reserve, for an answer that is overdue', async () => {
    replica('hangs', () => undefined);
    replica('quick');
    const [outcome] = await scatter([['hangs', 'quick']], {}, policy(0, 1).hedging).gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'quick', hedged: true });
    expect(outcome?.roundTripMs).toBeLessThan(1_000);
  });

  it('that finds nobody is sent again: the first try may be lost with the same NATS server', async () => {
    replica('lost', () => undefined);
    const asking = scatter([['lost', 'away']], { onRejected: () => replica('away') }, policy(1).hedging);
    expect(await asking.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'away' }]);
  });

  it('that finds nobody is sent again for as long as the first try is waited for', async () => {
    replica('lost', () => undefined);
    const rejected: string[] = [];
    const onRejected = (name: string) => {
      if (rejected.push(name) === 5) replica('away');
    };
    const asking = scatter([['lost', 'away']], { onRejected: onRejected }, policy(1).hedging);
    expect(await asking.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'away' }]);
  });

  it('that is rejected leaves the first try its time', async () => {
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
