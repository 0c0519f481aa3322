import type { Msg } from '@nats-io/transport-node';
import { describe, expect, it, vi } from 'vitest';
import { legs, policy, reject, replica, scatter, withReplicas } from '../../../test/cluster/replicas.js';
import type { LegOutcome } from './leg.js';
import type { ScatterObserver } from './protocol.js';

withReplicas();

/** Returns `reason replica: outcome` of each attempt, with `-` while it is in flight. */
const attemptsOf = (outcome: LegOutcome<string> | undefined) =>
  outcome?.attempts.map(({ reason, replica, outcome }) => `${reason} ${replica}: ${outcome ?? '-'}`);

describe('the attempts of a leg', () => {
  it('are listed in the order of their start, hanging ones included', async () => {
    replica('hangs', () => undefined);
    replica('quick');
    const [outcome] = await scatter([['hangs', 'quick']], {}, policy(1).hedging).gather(legs(0), 5_000);
    expect(attemptsOf(outcome)).toEqual(['first hangs: -', 'hedge quick: answered']);
    const [first, hedge] = outcome!.attempts;
    expect(first!.ended).toBeNull();
    expect(hedge!.began - first!.began).toBeGreaterThanOrEqual(19);
    expect(hedge!.ended).toBeGreaterThanOrEqual(hedge!.began);
  });

  it('name the replica that rejected and its detail', async () => {
    replica('full', reject);
    replica('other');
    const [outcome] = await scatter([['full', 'other']]).gather(legs(0), 5_000);
    expect(attemptsOf(outcome)).toEqual(['first full: rejected', 'retry other: answered']);
    expect(outcome!.attempts[0]!.detail).toBe('busy');
  });

  it('end with the deadline', async () => {
    replica('mute', () => undefined);
    const startedAt = performance.now();
    const [outcome] = await scatter([['mute']]).gather(legs(0), 50);
    expect(attemptsOf(outcome)).toEqual(['first mute: timedOut']);
    // The deadline counts from the start of the gather, not of the attempt.
    expect(outcome!.attempts[0]!.ended! - startedAt).toBeGreaterThanOrEqual(49);
  });

  it('are those of its own query in a shared message', async () => {
    replica('a', (message) => message.respond('["yes",null]'));
    const scattering = scatter([['a']]);
    const outcomes = await Promise.all([
      scattering.gather(legs(0), 5_000),
      scattering.gather(legs(0), 5_000),
    ]);
    expect(outcomes.map(([outcome]) => attemptsOf(outcome))).toEqual([
      ['first a: answered'],
      ['first a: expired'],
    ]);
  });
});

/** Records `reason replica: outcome` of each attempt, and sends each query with its reason. */
function recorder() {
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
  it('replaces the query that is sent', async () => {
    const { seen, observer } = recorder();
    replica('a');
    const outcomes = await scatter([['a']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(outcomes).toMatchObject([{ result: 'a:fish (first)' }]);
    expect(seen).toEqual(['first a: answered']);
  });

  it('sees a rejection and the retry after it', async () => {
    const { seen, observer } = recorder();
    replica('a', reject);
    replica('b');
    await scatter([['a', 'b']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(seen).toEqual(['first a: rejected, busy', 'retry b: answered']);
  });

  it('sees attempts that lost to a hedge: late or timed out', async () => {
    const { seen, observer } = recorder();
    let request: Msg | undefined;
    replica('late', (message) => void (request = message));
    replica('mute', () => undefined);
    replica('b');
    const scattering = scatter(
      [
        ['late', 'b'],
        ['mute', 'b'],
      ],
      {},
      policy(2).hedging,
      undefined,
      observer,
    );
    await scattering.gather(legs(0, 1), 300);
    expect(seen).toEqual(['hedge b: answered', 'hedge b: answered']);
    request?.respond('["late"]');
    await vi.waitFor(() => expect(seen).toHaveLength(4));
    expect(seen.slice(2)).toEqual(['first late: late', 'first mute: timedOut']);
  });

  it('sees that a replica dropped a query', async () => {
    const { seen, observer } = recorder();
    replica('a', (message) => message.respond('[null]'));
    await scatter([['a']], {}, null, undefined, observer).gather(legs(0), 20_000);
    expect(seen).toEqual(['first a: expired']);
  });
});
