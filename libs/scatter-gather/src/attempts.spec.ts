import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { legs, losing, refuse, replica, scatter, withReplicas } from '../../../test/support/replicas.js';
import { Budget } from './budget.js';
import type { HedgePolicy } from './hedging.js';
import type { ScatterObserver } from './observer.js';
import type { LegOutcome } from './scatter.js';

withReplicas();

describe('a retry', () => {
  it('is not sent when the budget is spent: the shard has failed, at once', async () => {
    const full = replica('full', refuse);
    const other = replica('other');
    const asking = scatter([['full', 'other']], {}, null, new Budget(0, 0));
    const [outcome] = await asking.gather(legs(0), 5_000);
    expect(outcome).toMatchObject({ outcome: 'failed', replica: 'full' });
    expect([full.length, other.length]).toEqual([1, 0]);
  });

  it('does not multiply the load of a cluster that is full', async () => {
    const seen = [replica('full', refuse), replica('fuller', refuse)];
    const asking = scatter([['full', 'fuller']], {}, null, new Budget(0.1, 5));
    for (let i = 0; i < 100; i++) await asking.gather(legs(0), 5_000);
    expect(seen.flat().length).toBeGreaterThanOrEqual(105);
    expect(seen.flat().length).toBeLessThanOrEqual(115);
  });

  it('is not needed for long when a replica is gone: it is avoided', async () => {
    replica('alive');
    let refused = 0;
    const asking = scatter([['dead', 'alive']], { onRefused: () => refused++ });
    const began = performance.now();
    for (let i = 0; i < 30; i++) {
      expect(await asking.gather(legs(0), 5_000)).toMatchObject([{ outcome: 'answered', replica: 'alive' }]);
    }
    expect(refused).toBeLessThanOrEqual(1 + (performance.now() - began) / 250);
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
    ['broken twice, and no more', 3_000, new Budget(0.1, 50), ['first', 'hedge', 'retry', 'retry']],
    [
      'waited for when what is left of the budget is for refusals',
      1_000,
      new Budget(0, 25),
      ['first', 'hedge'],
    ],
    ['waited for when an answer could hardly come in time', 350, new Budget(0.1, 50), ['first', 'hedge']],
  ])('is %s', async (_, budgetMs, retries, reasons) => {
    replica('a', () => undefined);
    replica('b', () => undefined);
    const [outcome] = await scatter([['a', 'b']], {}, policy(1).hedging, retries).gather(legs(0), budgetMs);
    expect(outcome?.outcome).toBe('timedOut');
    expect(outcome?.attempts.map(({ reason }) => reason)).toEqual(reasons);
  });
});

/** Hedges after 20 ms, `allowed` times, and `reserve` times more when an answer is overdue; notes what it is told. */
function policy(allowed: number, reserve = 0) {
  const told: string[] = [];
  const hedging: HedgePolicy = {
    sent: () => told.push('sent'),
    answered: (_shard, _ms, byHedge) => told.push(byHedge ? 'answered by the hedge' : 'answered'),
    delayMs: () => 20,
    spend: (overdue) => allowed-- > 0 || (overdue && reserve-- > 0),
  };
  return { hedging, told };
}

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
    const asking = scatter([['lost', 'away']], { onRefused: () => replica('away') }, policy(1).hedging);
    expect(await asking.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'away' }]);
  });

  it('that finds nobody is sent again for as long as the first try is waited for', async () => {
    replica('lost', () => undefined);
    const refused: string[] = [];
    const onRefused = (name: string) => {
      if (refused.push(name) === 5) replica('away');
    };
    const asking = scatter([['lost', 'away']], { onRefused }, policy(1).hedging);
    expect(await asking.gather(legs(0), 20_000)).toMatchObject([{ outcome: 'answered', replica: 'away' }]);
  });

  it('that is refused leaves the first try its time', async () => {
    let answer: (() => void) | undefined;
    replica('slow', (message) => (answer = () => void message.respond('["slow:fish"]')));
    replica('busy', (message) => {
      message.respond('{"refused":"busy"}');
      answer?.();
    });
    const [outcome] = await scatter([['slow', 'busy']], {}, policy(1).hedging).gather(legs(0), 2_000);
    expect(outcome).toMatchObject({ outcome: 'answered', replica: 'slow', hedged: true });
  });
});

/** `reason replica: outcome` of each attempt; what is under way yet has none. */
const toldOf = (outcome: LegOutcome<string> | undefined) =>
  outcome?.attempts.map(({ reason, replica, outcome }) => `${reason} ${replica}: ${outcome ?? '-'}`);

describe('the attempts of a leg', () => {
  it('are told with it, in the order in which they began: the one that hangs, and the hedge', async () => {
    replica('hangs', () => undefined);
    replica('quick');
    const [outcome] = await scatter([['hangs', 'quick']], {}, policy(1).hedging).gather(legs(0), 5_000);
    expect(toldOf(outcome)).toEqual(['first hangs: -', 'hedge quick: answered']);
    const [first, hedge] = outcome!.attempts;
    expect(first!.ended).toBeNull();
    expect(hedge!.began - first!.began).toBeGreaterThanOrEqual(19);
    expect(hedge!.ended).toBeGreaterThanOrEqual(hedge!.began);
  });

  it('say who refused, and why', async () => {
    replica('full', refuse);
    replica('other');
    const [outcome] = await scatter([['full', 'other']]).gather(legs(0), 5_000);
    expect(toldOf(outcome)).toEqual(['first full: refused', 'retry other: answered']);
    expect(outcome!.attempts[0]!.detail).toBe('busy');
  });

  it('end with the deadline', async () => {
    replica('mute', () => undefined);
    const asked = performance.now();
    const [outcome] = await scatter([['mute']]).gather(legs(0), 50);
    expect(toldOf(outcome)).toEqual(['first mute: timedOut']);
    // The deadline counts from when was asked, not from when the attempt began.
    expect(outcome!.attempts[0]!.ended! - asked).toBeGreaterThanOrEqual(49);
  });

  it('are those of its own query, though others travel in the same message', async () => {
    replica('a', (message) => message.respond('["yes",null]'));
    const asking = scatter([['a']]);
    const outcomes = await Promise.all([asking.gather(legs(0), 5_000), asking.gather(legs(0), 5_000)]);
    expect(outcomes.map(([outcome]) => toldOf(outcome))).toEqual([
      ['first a: answered'],
      ['first a: expired'],
    ]);
  });
});

/** Writes down `reason replica: outcome`, and sends each query with its mark. */
function notes() {
  const seen: string[] = [];
  const observer: ScatterObserver<string> = {
    began: ({ replica, reason, query }) => ({
      query: `${query} (${reason})`,
      ended: (outcome, detail) =>
        void seen.push(`${reason} ${replica}: ${outcome}${detail ? `, ${detail}` : ''}`),
    }),
  };
  return { seen, observer };
}

const hedgeAtOnce: HedgePolicy = {
  sent: () => undefined,
  answered: () => undefined,
  delayMs: () => 1,
  spend: () => true,
};

describe('an observer', () => {
  it('sees each query that is sent, in the form that it gives it', async () => {
    const { seen, observer } = notes();
    replica('a');
    const outcomes = await scatter([['a']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(outcomes).toMatchObject([{ result: 'a:fish (first)' }]);
    expect(seen).toEqual(['first a: answered']);
  });

  it('sees who refused, and who was asked then', async () => {
    const { seen, observer } = notes();
    replica('a', (message) => message.respond('{"refused":"busy"}'));
    replica('b');
    await scatter([['a', 'b']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(seen).toEqual(['first a: refused, busy', 'retry b: answered']);
  });

  it('sees the loser of a hedge too: late, or given up', async () => {
    const { seen, observer } = notes();
    let asked: Msg | undefined;
    replica('late', (message) => void (asked = message));
    replica('mute', () => undefined);
    replica('b');
    const asking = scatter(
      [
        ['late', 'b'],
        ['mute', 'b'],
      ],
      {},
      hedgeAtOnce,
      undefined,
      observer,
    );
    await asking.gather(legs(0, 1), 300);
    expect(seen).toEqual(['hedge b: answered', 'hedge b: answered']);
    asked?.respond('["late"]');
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    expect(seen.slice(2)).toEqual(['first late: late', 'first mute: timedOut']);
  });

  it('sees that a replica dropped a query', async () => {
    const { seen, observer } = notes();
    replica('a', (message) => message.respond('[null]'));
    await scatter([['a']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(seen).toEqual(['first a: expired']);
  });
});
