import type { Attempt, SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { searchAll, startSteadfast } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSteadfast({ shards: 2, replicas: 2, roots: 2 });
  return () => cluster.stop();
});

interface Hedged {
  answer: SearchAnswer;
  first: Attempt;
  hedge: Attempt;
}

/**
 * Pauses who answered last, for the time of one search, until that shows that it was asked and somebody else beside it.
 * @param attemptsOf who was asked for what, with the one who answered
 */
function hedged(attemptsOf: (answer: SearchAnswer) => Attempt[][]): Promise<Hedged> {
  return until('an answer was got from a hedge', async () => {
    const name = attemptsOf(await searchAll(cluster))[0]?.find(
      ({ outcome }) => outcome === 'answered',
    )?.replica;
    if (name === undefined) return undefined;
    const answer = await cluster.whilePaused([name], () => searchAll(cluster));
    for (const [first, hedge] of attemptsOf(answer))
      if (first?.replica === name && hedge?.reason === 'hedge' && hedge.outcome === 'answered')
        return { answer, first, hedge };
    return undefined;
  });
}

describe('the profile of an answer', () => {
  it('shows a replica that hangs, and the hedge that answered, at their places in time', async () => {
    const { answer, first, hedge } = await hedged(({ profile }) =>
      profile!.shards.map(({ attempts }) => attempts!),
    );
    const { rootMs, shards } = answer.profile!;
    expect(answer.coverage.degraded).toBe(false);
    expect(first).toMatchObject({ reason: 'first', kind: 'search', outcome: 'waiting' });
    expect(hedge).toMatchObject({ reason: 'hedge', kind: 'search', outcome: 'answered' });
    // A busy machine may have hedged the other shard too.
    expect(shards.find(({ attempts }) => attempts!.includes(hedge))).toMatchObject({
      hedged: true,
      replica: hedge.replica,
    });
    expect(hedge.startMs).toBeGreaterThan(first.startMs);
    // Who hangs is waited for until the answer leaves.
    expect(first.startMs + first.tookMs).toBeGreaterThanOrEqual(hedge.startMs + hedge.tookMs - 1);
    expect(first.startMs + first.tookMs).toBeLessThanOrEqual(rootMs);
  });

  it('shows a root that hangs, and the one that was asked beside it', async () => {
    const { answer, first, hedge } = await hedged(({ profile }) => [profile!.roots!]);
    expect(first).toMatchObject({ reason: 'first', outcome: 'waiting' });
    expect(hedge).toMatchObject({ reason: 'hedge', replica: answer.profile!.root });
    expect(hedge.replica).not.toBe(first.replica);
    expect(hedge.startMs).toBeGreaterThan(first.startMs);
  });

  it('shows who was asked in vain for a shard without an answer', async () => {
    const { shards } = await cluster.api.cluster();
    const members = shards[1]!.replicas.map(({ member }) => member);
    const answer = await cluster.whilePaused(members, () =>
      // On a machine that stands still for a moment, 500 ms may be over before a root answers: that is refused.
      until('a root answers in time', () => searchAll(cluster, 500)),
    );
    const silent = answer.profile!.shards.find(({ replica }) => replica === null);
    expect(silent).toMatchObject({ shard: 1 });
    expect(silent!.attempts!.length).toBeGreaterThanOrEqual(1);
    for (const { outcome, replica } of silent!.attempts!) {
      expect(outcome).toBe('timedOut');
      expect(members).toContain(replica);
    }
  });

  it('has no attempts when the answer was kept from one that was not asked for its profile', async () => {
    await until('an answer is kept', async () => {
      await cluster.api.search('steadfast kept');
      const { profile } = await cluster.api.search('steadfast kept', { profile: 'true' });
      if (!profile?.cached) return false;
      expect(profile.roots).toBeUndefined();
      for (const { attempts } of profile.shards) expect(attempts).toBeUndefined();
      return true;
    });
  });
});
