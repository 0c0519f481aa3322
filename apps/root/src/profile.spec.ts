import type { LegAttempt } from '@shoal/scatter-gather';
import { describe, expect, it } from 'vitest';
import { profileOf, withAttempts } from './profile.js';
import type { ShardOutcome } from './shard-client.js';

function attempt(replica: string, more: Partial<LegAttempt>): LegAttempt {
  return {
    replica,
    reason: 'first',
    began: 0,
    ended: null,
    outcome: null,
    detail: undefined,
    ...more,
  } as LegAttempt;
}

const times = { queueMs: 2, searchMs: 3 };
const result = { kind: 'search' as const, ...times, total: 0, searched: 0, ids: [], scores: [], inlined: 0 };

function outcome(shard: number, attempts: LegAttempt[], more: Partial<ShardOutcome> = {}): ShardOutcome {
  return {
    target: shard,
    outcome: 'answered',
    replica: 'shard-1',
    result: { result, documents: [] },
    roundTripMs: 6,
    hedged: false,
    attempts,
    ...more,
  };
}

describe("a shard's profile", () => {
  it('counts as network what the replica does not call its own', () => {
    expect(profileOf(outcome(0, []))).toMatchObject({ queueMs: 2, searchMs: 3, networkMs: 1 });
  });

  it('names no replica when none answered', () => {
    const { replica, ...silent } = outcome(0, [], { outcome: 'timedOut' });
    delete silent.result;
    expect(profileOf({ ...silent, replica })).toMatchObject({ replica: null, queueMs: 0, networkMs: 6 });
  });

  it('tells its attempts from the arrival of the request on, and those that go on as waiting', () => {
    const arrived = performance.now() - 100;
    const slow = attempt('shard-0', { began: arrived + 10 });
    const began = arrived + 40;
    const hedge = attempt('shard-1', { reason: 'hedge', began, ended: began + 8, outcome: 'answered' });
    const [first, second] = withAttempts(outcome(0, [slow, hedge]), [], arrived).attempts!;
    expect(first).toMatchObject({ replica: 'shard-0', reason: 'first', startMs: 10, outcome: 'waiting' });
    expect(first!.tookMs).toBeGreaterThanOrEqual(89);
    expect(second).toEqual({
      replica: 'shard-1',
      kind: 'search',
      reason: 'hedge',
      startMs: 40,
      tookMs: 8,
      outcome: 'answered',
    });
  });

  it('tells why one was rejected, and who was asked for its documents, not those of another shard', () => {
    const rejected = attempt('shard-0', { ended: 1, outcome: 'rejected', detail: 'busy' });
    const fetch = attempt('shard-1', { began: 5, ended: 7, outcome: 'answered' });
    const fetched = [outcome(1, [attempt('shard-3', {})]), outcome(0, [fetch])];
    const { attempts } = withAttempts(outcome(0, [rejected]), fetched, 0);
    expect(attempts).toMatchObject([
      { kind: 'search', replica: 'shard-0', detail: 'busy' },
      { kind: 'fetch', replica: 'shard-1', startMs: 5, tookMs: 2 },
    ]);
  });
});
