import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import {
  DOCUMENTS,
  expectComplete,
  isFrom,
  searchAll,
  searchInBackground,
  searchUntil,
  startSeeded,
  withoutShard,
} from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSeeded({ shards: 2, replicas: 2, members: 4, frontends: 2, roots: 2, indexers: 2 });
  return () => cluster.stop();
});

beforeEach(() =>
  until('every replica is ready', async () => {
    const { shards, leader } = await cluster.api.cluster();
    const replicas = shards.flatMap((shard) => shard.replicas);
    return leader !== null && replicas.every(({ state }) => state === 'ready');
  }),
);

let count = 0;

const isReplaced = (name: string, killed: number) => () => cluster.isReplaced(name, killed);

/** Waits until this replica answers searches. */
const answersAgain = (name: string) =>
  searchUntil(cluster, `${name} answers`, async () => isFrom(await searchAll(cluster), name));

describe('searches stay complete', () => {
  it('while a replica is killed and replays the log', async () => {
    const killed = cluster.signal('shard-0', 'SIGKILL');
    const without = await searchUntil(cluster, 'shard-0 is replaced', isReplaced('shard-0', killed));
    const { url = '' } = cluster.process('shard-0');
    const replaying = await searchUntil(
      cluster,
      'shard-0 is ready',
      async () => (await fetch(`${url}/readyz`)).ok,
    );
    expectComplete([...without, ...replaying, ...(await answersAgain('shard-0'))]);
  });

  it.each(['root-0', 'frontend-0', 'indexer-0'])('while %s is killed and replaced', async (name) => {
    const killed = cluster.signal(name, 'SIGKILL');
    expectComplete(await searchUntil(cluster, `${name} is replaced`, isReplaced(name, killed)));
  });
});

describe('no search fails or is degraded', () => {
  it.each(['root-0', 'shard-1'])('while %s hangs', async (name) => {
    // Hedging needs to know the usual latency first.
    const before = searchInBackground(cluster, 2);
    await before.more(300);
    await before.stop();
    const clients = searchInBackground(cluster, 2);
    await cluster.whilePaused([name], () => clients.more(300));
    expectComplete(await clients.stop());
  });

  it.each(['root-1', 'shard-2'])('while %s is killed with searches in flight', async (name) => {
    const clients = searchInBackground(cluster, 4);
    await clients.more(50);
    const killed = cluster.signal(name, 'SIGKILL');
    await until(`${name} is replaced`, isReplaced(name, killed));
    expectComplete(await clients.stop());
  });
});

describe('a replica that was paused', () => {
  it('answers only with documents confirmed during the pause', async () => {
    const name = 'shard-0';
    const clients = searchInBackground(cluster, 4);
    await clients.more(50);
    // Confirmations need no word from a replica once it counts as gone.
    const confirmed: string[] = [];
    await cluster.whilePaused([name], () =>
      until('several documents are confirmed', async () => {
        const id = `while-paused-${confirmed.length}`;
        const { status } = await cluster.api.put(id, { title: id, text: 'absence' }, '?wait=searchable');
        if (status === 200) confirmed.push(id);
        return confirmed.length === 20;
      }),
    );
    const answers: SearchAnswer[] = [];
    await until(`${name} answers`, async () => {
      // The long timeout keeps answers complete on a busy machine.
      const parameters = { timeoutMs: 5_000, profile: 'true' };
      const searches = Array.from({ length: 8 }, () =>
        cluster.api.search(`absence uncached${count++}`, parameters),
      );
      answers.push(...(await Promise.all(searches)));
      return answers.some((answer) => isFrom(answer, name));
    });
    expectComplete(answers, confirmed.length);
    await clients.stop();
    for (const id of confirmed) await cluster.api.delete(id);
    await cluster.api.settled(DOCUMENTS);
  });
});

describe('an answer', () => {
  it('counts what it misses when all replicas of a shard hang', async () => {
    await withoutShard(cluster, async (lost) => {
      // A root that answers too late is rejected, which a busy machine causes.
      const { coverage, total, hits } = await until('a root answers in time', () =>
        cluster.api.search(`steadfast uncached${count++}`, { timeoutMs: 300, size: 1000 }),
      );
      expect(coverage).toEqual({
        degraded: true,
        shards: { total: 2, answered: 1, timedOut: 1, failed: 0 },
        documents: { searched: DOCUMENTS - lost.documents, total: DOCUMENTS },
      });
      expect(total.value).toBe(DOCUMENTS - lost.documents);
      expect(new Set(hits.map(({ shard }) => shard))).toEqual(new Set([0]));
    });
  });

  it('is 503 with Retry-After when no shard answers', async () => {
    await cluster.whilePaused(['shard-0', 'shard-1', 'shard-2', 'shard-3'], async () => {
      // The frontend may time out before the root responds.
      const { status, headers } = await until('a root reports that no shard answered', async () => {
        const answer = await cluster.api.problem('/api/search?q=steadfast+gone&timeoutMs=300');
        return /no shard answered: try again/.test(answer.body.detail) && answer;
      });
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBe('1');
    });
    await until('searches are complete again', async () => !(await searchAll(cluster)).coverage.degraded);
  });

  it('is 503 with advice when no root answers', async () => {
    await cluster.whilePaused(['root-0', 'root-1'], async () => {
      const { status, body } = await cluster.api.problem('/api/search?q=steadfast+rootless&timeoutMs=300');
      expect(status).toBe(503);
      expect(body.detail).toMatch(/no root answered in time: try again/);
    });
    await until('searches are complete again', async () => !(await searchAll(cluster)).coverage.degraded);
  });
});

describe('after a restart of NATS', () => {
  it('documents are found and writes accepted', async () => {
    await cluster.restarted('nats-0');
    await until('a search is complete', async () => (await searchAll(cluster)).total.value === DOCUMENTS);
    await until('a write is accepted', async () => {
      const { status } = await cluster.api.put('after', { title: 'After', text: 'brokerless' });
      return status === 202;
    });
    await until('the document is found', async () => (await cluster.api.found('brokerless')).length === 1);
    expect((await searchAll(cluster)).coverage.degraded).toBe(false);
  });
});
