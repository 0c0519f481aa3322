import type { Problem, SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { Api, type Answer } from '../cluster/api.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { isFrom } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

const ROUNDS = 100;
const KILLS = 3;
const RARE = 5;
const LOADED = 4_000;
/** Clients that search at the same time. */
const AT_ONCE = 8;

let cluster: Cluster;
/** Each frontend by its own address. */
let frontends: [Api, Api];

beforeAll(async () => {
  cluster = await startCluster({ shards: 1, replicas: 2, members: 2, frontends: 2, roots: 1 });
  const direct = (name: string) => new Api(cluster.process(name).url ?? '');
  frontends = [direct('frontend-0'), direct('frontend-1')];
  const rare = Array.from({ length: RARE }, (_, at) =>
    JSON.stringify({ id: `r${at}`, title: `Rare ${at}`, text: 'seldom seen' + ' here'.repeat(at) }),
  );
  await cluster.api.bulk([...rare, '{"id":"news","title":"News","text":"fresh"}'].join('\n'));
  await cluster.api.settled(RARE + 1);
  return () => cluster.stop();
});

let asked = 0;

/** Searches past every cache. */
function search(word: string, timeoutMs = 1_000): Promise<Answer<SearchAnswer | Problem>> {
  return cluster.api.fetch(`/api/search?q=${word}+unheard${asked++}&profile=true&timeoutMs=${timeoutMs}`);
}

describe('a document that wait=searchable has confirmed', () => {
  it('is found through another frontend that cached the old answer', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const [writer, reader] = round % 2 === 0 ? frontends : frontends.toReversed();
      await until(
        'the older answer is cached',
        async () => (await reader!.search('fresh', { profile: 'true' })).profile?.cached,
      );
      const text = `fresh in round ${round}`;
      const { status } = await writer!.put('news', { title: 'News', text }, '?wait=searchable');
      expect(status).toBe(200);
      const { hits } = await reader!.search('fresh', { profile: 'true' });
      expect(hits.map((hit) => hit.text)).toEqual([text]);
    }
  });
});

describe('a replica that was paused', () => {
  it('answers with all documents that the statistics count', async () => {
    const { documents } = await cluster.api.cluster();
    const lines = Array.from({ length: LOADED }, (_, at) =>
      JSON.stringify({ id: `m${at}`, title: `Missed ${at}`, text: `missed ${words(at)}`, routing: 'one' }),
    );
    await cluster.whilePaused(['shard-0'], async () => {
      expect((await cluster.api.bulk(lines.join('\n'))).body.accepted).toBe(LOADED);
      await cluster.api.settled(documents + LOADED);
    });

    const answers: SearchAnswer[] = [];
    const failures: unknown[] = [];
    await until('shard-0 has caught up, and answers', async () => {
      for (const { status, body } of await Promise.all(
        Array.from({ length: AT_ONCE }, () => search('missed', 5_000)),
      )) {
        if (status === 200) answers.push(body as SearchAnswer);
        else failures.push(body);
      }
      const { shards } = await cluster.api.cluster();
      const paused = shards[0]?.replicas.find(({ member }) => member === 'shard-0');
      return paused?.documents === documents + LOADED && answers.some((answer) => isFrom(answer, 'shard-0'));
    });
    expect(failures).toEqual([]);
    expect(answers.filter(({ coverage }) => coverage.degraded)).toEqual([]);
    expect(new Set(answers.map(({ total }) => total.value))).toEqual(new Set([LOADED]));
  });
});

describe('a root that is killed', () => {
  it('answers after its restart with the same scores or not at all', async () => {
    await cluster.api.settled((await cluster.api.cluster()).documents);
    const expected = scoresOf(await cluster.api.search('seldom'));
    expect(expected).toHaveLength(RARE);

    const answers: Answer<SearchAnswer | Problem>[] = [];
    const done = new AbortController();
    const clients = Array.from({ length: AT_ONCE }, async () => {
      while (!done.signal.aborted) answers.push(await search('seldom'));
    });
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        await cluster.restarted('root-0');
        const before = answers.length;
        await until('it answers', () => answers.slice(before).some(({ status }) => status === 200));
      }
    } finally {
      done.abort();
      await Promise.all(clients);
    }
    const given = answers.filter(({ status }) => status !== 503);
    expect(new Set(given.map(({ status }) => status))).toEqual(new Set([200]));
    for (const { body } of given as Answer<SearchAnswer>[]) {
      expect(body.statisticsVersion).toBeGreaterThan(0);
      expect(scoresOf(body)).toEqual(expected);
    }
  });
});

/** Words of one document alone, so that the statistics grow by as many terms. */
function words(document: number): string {
  return Array.from({ length: 25 }, (_, at) => `word${document}x${at}`).join(' ');
}

const scoresOf = ({ hits }: SearchAnswer) => hits.map(({ id, score }) => [id, score]);
