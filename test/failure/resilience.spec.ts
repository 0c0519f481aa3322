import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';

const DOCUMENTS = 200;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ shards: 2, replicas: 2, members: 4, frontends: 2, roots: 2, indexers: 2 });
  const lines = Array.from({ length: DOCUMENTS }, (_, at) =>
    JSON.stringify({ id: `d${at}`, title: `Document ${at}`, text: 'steadfast' }),
  );
  await cluster.api.bulk(lines.join('\n'));
  await cluster.api.settled(DOCUMENTS);
  return () => cluster.stop();
});

beforeEach(allReady);

async function allReady(): Promise<void> {
  await until('every replica is ready', async () => {
    const { shards, leader } = await cluster.api.cluster();
    return (
      leader !== null && shards.every(({ replicas }) => replicas.every(({ state }) => state === 'ready'))
    );
  });
}

let asked = 0;

/** A question that no cache has an answer to. */
function search(): Promise<SearchAnswer> {
  return cluster.api.search(`steadfast ${asked++}`);
}

/** As a client does it that comes back when its connection breaks. */
async function searchAgain(): Promise<SearchAnswer> {
  return until('a search is answered', search, 5_000);
}

/** Searches on and on until the condition holds. @returns all answers */
async function searchingUntil(what: string, condition: () => Promise<boolean>): Promise<SearchAnswer[]> {
  const answers: SearchAnswer[] = [];
  await until(what, async () => {
    answers.push(await searchAgain());
    return condition();
  });
  return answers;
}

function expectComplete(answers: SearchAnswer[]): void {
  expect(answers.filter(({ coverage }) => coverage.degraded)).toEqual([]);
  expect(new Set(answers.map(({ total }) => total.value))).toEqual(new Set([DOCUMENTS]));
}

const isBack = (name: string, killed: number) => async () =>
  cluster.processes.some((process) => process.name === name && process.pid !== killed && !!process.url);

/** Several clients that ask until they are told to stop; a search that fails, fails the test. */
function clients(count: number): { stop(): Promise<SearchAnswer[]> } {
  const stopped = new AbortController();
  const answers: SearchAnswer[] = [];
  const asking = Array.from({ length: count }, async () => {
    while (!stopped.signal.aborted) answers.push(await search());
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all(asking);
      return answers;
    },
  };
}

describe('searching goes on, complete, while', () => {
  it('one replica of a shard is killed, and comes back to its place', async () => {
    const killed = cluster.signal('shard-0', 'SIGKILL');
    const without = await searchingUntil('shard-0 is back', isBack('shard-0', killed));
    const { url = '' } = cluster.process('shard-0');
    const replaying = await searchingUntil(
      'it has its documents',
      async () => (await fetch(`${url}/readyz`)).ok,
    );
    const withIt = await searchingUntil('it answers', async () => {
      const { profile } = await cluster.api.search(`steadfast ${asked++}`, { profile: 'true' });
      return profile?.shards.some(({ replica }) => replica === 'shard-0') ?? false;
    });
    expectComplete([...without, ...replaying, ...withIt]);
  });

  it.each(['root-0', 'frontend-0', 'indexer-0'])('%s is killed and started again', async (name) => {
    const killed = cluster.signal(name, 'SIGKILL');
    const answers = await searchingUntil(`${name} is back`, isBack(name, killed));
    expectComplete(answers);
  });
});

describe('no search fails and none is degraded, without a second try of the client, while', () => {
  it.each(['root-0', 'shard-1'])('%s hangs for a while', async (name) => {
    // What is normal must be known before what is late can be.
    const before = clients(2);
    await until('the roots know how long an answer takes', async () => {
      await search();
      return asked > 300;
    });
    await before.stop();
    const asking = clients(2);
    cluster.signal(name, 'SIGSTOP');
    try {
      const already = asked;
      await until('many have been answered without it', () => asked > already + 300);
    } finally {
      cluster.signal(name, 'SIGCONT');
    }
    expectComplete(await asking.stop());
  });

  it.each(['root-1', 'shard-2'])('%s is killed with searches in hand', async (name) => {
    const asking = clients(4);
    const already = asked;
    await until('searches are under way', () => asked > already + 50);
    const killed = cluster.signal(name, 'SIGKILL');
    await until(`${name} is back`, isBack(name, killed));
    expectComplete(await asking.stop());
  });
});

describe('a replica that was away', () => {
  it('answers only when it has what was confirmed without it', async () => {
    const name = 'shard-0';
    const before = asked;
    const asking = clients(4);
    await until('searches are under way', () => asked > before + 50);
    cluster.signal(name, 'SIGSTOP');
    // Confirmed once the paused one counts as gone.
    const confirmed: string[] = [];
    await until('several documents are confirmed without it', async () => {
      const id = `while-away-${confirmed.length}`;
      const { status } = await cluster.api.put(id, { title: id, text: 'absence' }, '?wait=searchable');
      if (status === 200) confirmed.push(id);
      return confirmed.length === 20;
    });
    const searches: Promise<string[]>[] = [];
    const woken = performance.now();
    cluster.signal(name, 'SIGCONT');
    while (performance.now() - woken < 1_000) {
      // With time enough for a machine that stands still just now: a degraded answer would say nothing.
      searches.push(cluster.api.found(`absence ${asked++}`, { size: 100, timeoutMs: 5_000 }));
      if (searches.length % 8 === 0) await searches.at(-1);
    }
    const counts = (await Promise.all(searches)).map((ids) => ids.length);
    expect(new Set(counts)).toEqual(new Set([confirmed.length]));
    await asking.stop();
    for (const id of confirmed) await cluster.api.delete(id);
    await cluster.api.settled(DOCUMENTS);
    await until('it is asked again', async () => {
      const { profile } = await cluster.api.search(`steadfast ${asked++}`, { profile: 'true' });
      return profile?.shards.some(({ replica }) => replica === name) ?? false;
    });
  });
});

describe('an answer is honest', () => {
  it('when both replicas of a shard are gone: it counts what was not searched', async () => {
    const { shards } = await cluster.api.cluster();
    const lost = shards[1];
    const members = lost?.replicas.map(({ member }) => member) ?? [];
    for (const member of members) cluster.signal(member, 'SIGSTOP');
    try {
      // On a machine that stands still for a moment, 300 ms may be over before a root answers: that is refused.
      const { coverage, total, hits } = await until('a root answers in time', () =>
        cluster.api.search(`steadfast frozen ${asked++}`, { timeoutMs: 300, size: 1000 }),
      );
      expect(coverage).toEqual({
        degraded: true,
        shards: { total: 2, answered: 1, timedOut: 1, failed: 0 },
        documents: { searched: DOCUMENTS - (lost?.documents ?? 0), total: DOCUMENTS },
      });
      expect(total.value).toBe(DOCUMENTS - (lost?.documents ?? 0));
      expect(new Set(hits.map(({ shard }) => shard))).toEqual(new Set([0]));
    } finally {
      for (const member of members) cluster.signal(member, 'SIGCONT');
    }
    await until('all is searched again', async () => !(await search()).coverage.degraded);
  });

  it('when no shard is left: 503, and when to come back', async () => {
    const members = ['shard-0', 'shard-1', 'shard-2', 'shard-3'];
    for (const member of members) cluster.signal(member, 'SIGSTOP');
    try {
      // On a machine that stands still for a moment, the frontend may have given the root up before it says so.
      const { status, headers } = await until('a root says that no shard answered', async () => {
        const answer = await cluster.api.problem('/api/search?q=steadfast+gone&timeoutMs=300');
        return /no shard answered: try again/.test(answer.body.detail) && answer;
      });
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('1');
    } finally {
      for (const member of members) cluster.signal(member, 'SIGCONT');
    }
    await until('all is searched again', async () => !(await search()).coverage.degraded);
  });

  it('when no root is left: 503, and when to come back', async () => {
    const roots = ['root-0', 'root-1'];
    for (const root of roots) cluster.signal(root, 'SIGSTOP');
    try {
      const { status, body } = await cluster.api.problem('/api/search?q=steadfast+rootless&timeoutMs=300');
      expect(status).toBe(503);
      expect(body.detail).toMatch(/no root answered in time: try again/);
    } finally {
      for (const root of roots) cluster.signal(root, 'SIGCONT');
    }
    await until('it is answered again', async () => !(await searchAgain()).coverage.degraded);
  });
});

describe('the message broker', () => {
  it('may be killed: when it is back, documents are found and new ones are taken', async () => {
    const killed = cluster.signal('nats-0', 'SIGKILL');
    await until('nats-0 runs again', isBack('nats-0', killed));
    await until('a search is complete', async () => (await search()).total.value === DOCUMENTS);
    await until('a write is taken', async () => {
      const { status } = await cluster.api.put('after', { title: 'After', text: 'brokerless' });
      return status === 202;
    });
    await until('it is found', async () => (await cluster.api.found('brokerless')).length === 1);
    expect((await cluster.api.search('steadfast')).coverage.degraded).toBe(false);
  });
});
