import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';

const DOCUMENTS = 300;
/** The owner waits 10 s for a member to return; the rest is for noticing, assigning and replaying. */
const REPLACED_MS = 25_000;

let cluster: Cluster;

beforeAll(async () => {
  // Two shards of two replicas, and one spare.
  cluster = await startCluster({ shards: 2, replicas: 2, members: 5, roots: 2 });
  const lines = Array.from({ length: DOCUMENTS }, (_, at) =>
    JSON.stringify({ id: `d${at}`, title: `Document ${at}`, text: 'steadfast' }),
  );
  await cluster.api.bulk(lines.join('\n'));
  await cluster.api.settled(DOCUMENTS);
  return () => cluster.stop();
});

let asked = 0;
const search = () => cluster.api.search(`steadfast ${asked++}`, { profile: 'true' });

/** Searches on and on until the condition holds. @returns all answers */
async function searchingUntil(what: string, condition: () => Promise<boolean>): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  await until(
    what,
    async () => {
      answers.push(await search());
      return condition();
    },
    REPLACED_MS,
  );
  return answers;
}

const placed = async () => (await cluster.api.cluster()).shards.flatMap(({ replicas }) => replicas);

describe('the replicas of a shard', () => {
  it('killed both at once: answers say exactly what they do not cover, and are complete again by themselves', async () => {
    const { shards } = await cluster.api.cluster();
    const lost = shards[0]!;
    for (const { member } of lost.replicas) cluster.signal(member, 'SIGKILL');
    const answers = await searchingUntil('a search is complete again', async () => {
      const { coverage } = await search();
      return !coverage.degraded;
    });
    const degraded = answers.filter(({ coverage }) => coverage.degraded);
    expect(degraded.length).toBeGreaterThan(0);
    for (const { coverage, total } of degraded) {
      const { answered, timedOut, failed } = coverage.shards;
      expect([answered, timedOut + failed, coverage.shards.total]).toEqual([1, 1, 2]);
      expect(coverage.documents).toEqual({ searched: DOCUMENTS - lost.documents, total: DOCUMENTS });
      expect(total.value).toBe(DOCUMENTS - lost.documents);
    }
    // One that is back early would answer with what it has replayed so far.
    for (const { coverage, total } of answers.filter((answer) => !degraded.includes(answer)))
      expect([total.value, coverage.documents.searched]).toEqual([DOCUMENTS, DOCUMENTS]);
    await until('both are back', async () => (await placed()).every(({ state }) => state === 'ready'));
  });

  it('one that does not return gives its place to a spare, and is the spare when it does', async () => {
    const before = (await placed()).map(({ member }) => member);
    const spare = ['shard-0', 'shard-1', 'shard-2', 'shard-3', 'shard-4'].find(
      (name) => !before.includes(name),
    );
    const gone = before[0]!;
    cluster.signal(gone, 'SIGSTOP');
    let answers: SearchAnswer[] = [];
    try {
      answers = await searchingUntil(`${spare} has taken the place of ${gone}`, async () => {
        const now = await placed();
        return (
          now.some(({ member, state }) => member === spare && state === 'ready') &&
          now.every(({ member }) => member !== gone)
        );
      });
    } finally {
      cluster.signal(gone, 'SIGCONT');
    }
    const after = await searchingUntil(`${gone} is the spare`, async () => {
      const { members } = await cluster.api.cluster();
      return members.some(({ member, state }) => member === gone && state === 'spare');
    });
    const all = [...answers, ...after];
    expect(all.filter(({ coverage }) => coverage.degraded)).toEqual([]);
    expect(new Set(all.map(({ total }) => total.value))).toEqual(new Set([DOCUMENTS]));
    const answeredBy = (await search()).profile?.shards.map(({ replica }) => replica);
    expect(answeredBy).not.toContain(gone);
  });
});
