import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { legs, policy, reject, replica, scatter, withReplicas } from '../../../test/cluster/replicas.js';
import type { ScatterObserver } from './observer.js';
import type { LegOutcome } from './leg.js';

withReplicas();

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

  it('say who rejected, and why', async () => {
    replica('full', reject);
    replica('other');
    const [outcome] = await scatter([['full', 'other']]).gather(legs(0), 5_000);
    expect(toldOf(outcome)).toEqual(['first full: rejected', 'retry other: answered']);
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
    onSend: ({ replica, reason, query }) => ({
      query: `${query} (${reason})`,
      ended: (outcome, detail) =>
        void seen.push(`${reason} ${replica}: ${outcome}${detail ? `, ${detail}` : ''}`),
    }),
  };
  return { seen, observer };
}

describe('an observer', () => {
  it('sees each query that is sent, in the form that it gives it', async () => {
    const { seen, observer } = notes();
    replica('a');
    const outcomes = await scatter([['a']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(outcomes).toMatchObject([{ result: 'a:fish (first)' }]);
    expect(seen).toEqual(['first a: answered']);
  });

  it('sees who rejected, and who was asked then', async () => {
    const { seen, observer } = notes();
    replica('a', reject);
    replica('b');
    await scatter([['a', 'b']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(seen).toEqual(['first a: rejected, busy', 'retry b: answered']);
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
      policy(2).hedging,
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
