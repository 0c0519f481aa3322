import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { withFaults } from '../cluster/faults.ts';
import { valueOf } from '../cluster/metrics.ts';
import { degradedAnswer, DOCUMENTS, isFrom, searchAll, startSeeded } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSeeded({ shards: 2, replicas: 2, indexers: 2 });
  return () => cluster.stop();
});

describe('silent-shards', () => {
  it('hides a shard from coverage, which is honest without the fault', async () => {
    const lost = (await cluster.api.cluster()).shards[1]!;
    const damage = await withFaults(cluster, ['silent-shards'], () => degradedAnswer(cluster));
    const cure = await degradedAnswer(cluster);
    for (const { total } of [damage, cure]) expect(total.value).toBe(DOCUMENTS - lost.documents);
    expect(damage.coverage).toMatchObject({
      degraded: false,
      documents: { searched: DOCUMENTS, total: DOCUMENTS },
    });
    expect(cure.coverage).toMatchObject({
      degraded: true,
      documents: { searched: DOCUMENTS - lost.documents, total: DOCUMENTS },
    });
  });
});

/** Kills a replica and searches until its successor answers. */
async function searchesAroundARestart(name: string): Promise<SearchAnswer[]> {
  const killed = cluster.signal(name, 'SIGKILL');
  const answers: SearchAnswer[] = [];
  await until(`${name} answers again`, async () => {
    const answer = await searchAll(cluster);
    answers.push(answer);
    return cluster.isReplaced(name, killed) && isFrom(answer, name);
  });
  return answers;
}

/** Claims to be complete but is not. */
const isShort = ({ total, coverage }: SearchAnswer) => !coverage.degraded && total.value < DOCUMENTS;

describe('replay-skipped', () => {
  it('loses hits after a restart, and none without the fault', async () => {
    const damage = await withFaults(cluster, ['replay-skipped'], () => searchesAroundARestart('shard-0'));
    await until('shard-0 has replayed', async () =>
      (await cluster.api.cluster()).shards.every(({ replicas, documents }) =>
        replicas.every((replica) => replica.documents === documents),
      ),
    );
    const cure = await searchesAroundARestart('shard-0');
    expect(damage.filter(isShort)).not.toEqual([]);
    expect(cure.filter(isShort)).toEqual([]);
  });
});

describe('paused-leader', () => {
  it('overwrites a new version only when fencing is off too', async () => {
    const damage = await withFaults(cluster, ['paused-leader', 'fencing-off'], () => overtake('unfenced'));
    const cure = await withFaults(cluster, ['paused-leader'], () => overtake('fenced'));
    expect(damage).toBe('old');
    expect(cure).toBe('new');
  });
});

/** Writes a new version while a paused leader holds an older one. @returns the version stored in the end */
async function overtake(id: string): Promise<unknown> {
  const write = (title: string) => cluster.api.put(id, { title, text: `${id}word` });
  const title = async () => (await cluster.api.get(id)).body['title'];
  const leader = await until(
    'an indexer leads',
    async () => (await cluster.api.cluster()).leader ?? undefined,
  );
  const fencedOff = () => valueOf(cluster.process(leader), 'shoal_indexer_fenced_off_total');
  const before = await fencedOff();
  // The leader pauses at one of these writes; later writes wait for the next leader.
  await until('another leads', async () => {
    await write('old');
    return ![leader, null].includes((await cluster.api.cluster()).leader);
  });
  await write('new');
  const found = async () => (await cluster.api.search(`${id}word`)).hits[0]?.['title'];
  await until('the new version is found', async () => (await found()) === 'new');
  await until('the former leader resumes', () => responds(leader));
  await until(
    'its batch is stored or fenced off',
    async () => (await title()) === 'old' || (await fencedOff()) > before,
  );
  return title();
}

async function responds(name: string): Promise<boolean> {
  const { url = '' } = cluster.process(name);
  return fetch(`${url}/healthz`, { signal: AbortSignal.timeout(500) }).then(
    ({ ok }) => ok,
    () => false,
  );
}
