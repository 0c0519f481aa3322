import type { Attempt, SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { searchAll, startSeeded, withoutShard } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSeeded({ shards: 2, replicas: 2, roots: 2 });
  return () => cluster.stop();
});

interface Hedged {
  answer: SearchAnswer;
  first: Attempt;
  hedge: Attempt;
}

/**
 * Pauses the replica or root that answered last for one search, until a hedge answers in its place.
 * @param attemptsOf attempts of each leg
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
  it('shows a hanging replica and the hedge that answered', async () => {
    const { answer, first, hedge } = await hedged(({ profile }) =>
      profile!.shards.map(({ attempts }) => attempts!),
    );
    const { rootMs, shards } = answer.profile!;
    expect(answer.coverage.degraded).toBe(false);
    expect(first).toMatchObject({ reason: 'first', kind: 'search', outcome: 'waiting' });
    expect(hedge).toMatchObject({ reason: 'hedge', kind: 'search', outcome: 'answered' });
    // The other shard may be hedged too on a busy machine.
    expect(shards.find(({ attempts }) => attempts!.includes(hedge))).toMatchObject({
      hedged: true,
      replica: hedge.replica,
    });
    expect(hedge.startMs).toBeGreaterThan(first.startMs);
    // The root waits for the hanging replica until it answers.
    expect(first.startMs + first.tookMs).toBeGreaterThanOrEqual(hedge.startMs + hedge.tookMs - 1);
    expect(first.startMs + first.tookMs).toBeLessThanOrEqual(rootMs);
  });

  it('shows a hanging root and the hedge that answered', async () => {
    const { answer, first, hedge } = await hedged(({ profile }) => [profile!.roots!]);
    expect(first).toMatchObject({ reason: 'first', outcome: 'waiting' });
    expect(hedge).toMatchObject({ reason: 'hedge', replica: answer.profile!.root });
    expect(hedge.replica).not.toBe(first.replica);
    expect(hedge.startMs).toBeGreaterThan(first.startMs);
  });

  it('shows the attempts of a shard that did not answer', async () => {
    const { answer, members } = await withoutShard(cluster, async ({ replicas }) => ({
      // A root that answers too late is rejected, which a busy machine causes.
      answer: await until('a root answers in time', () => searchAll(cluster, 500)),
      members: replicas.map(({ member }) => member),
    }));
    const silent = answer.profile!.shards.find(({ replica }) => replica === null);
    expect(silent).toMatchObject({ shard: 1 });
    expect(silent!.attempts!.length).toBeGreaterThanOrEqual(1);
    for (const { outcome, replica } of silent!.attempts!) {
      expect(outcome).toBe('timedOut');
      expect(members).toContain(replica);
    }
  });

  it('has no attempts when the cached search had no profile', async () => {
    await until('an answer is cached', async () => {
      await cluster.api.search('steadfast kept');
      const { profile } = await cluster.api.search('steadfast kept', { profile: 'true' });
      if (!profile?.cached) return false;
      expect(profile.roots).toBeUndefined();
      for (const { attempts } of profile.shards) expect(attempts).toBeUndefined();
      return true;
    });
  });
});
