import type { SearchAnswer } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import { withFaults } from '../cluster/faults.ts';
import { valueOf } from '../cluster/metrics.ts';
import { DOCUMENTS, searchAll, startSteadfast } from '../cluster/seed-documents.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startSteadfast({ shards: 2, replicas: 2, indexers: 2 });
  return () => cluster.stop();
});

/** Searches while nobody answers for one shard. */
async function searchWithout(members: string[]): Promise<SearchAnswer> {
  const answer = await cluster.whilePaused(members, () =>
    // On a machine that stands still for a moment, 300 ms may be over before the other shard has answered.
    until('the other shard answers', async () => {
      const searched = await searchAll(cluster, 300);
      return searched.total.value > 0 && searched;
    }),
  );
  await until('all is searched again', async () => !(await searchAll(cluster)).coverage.degraded);
  return answer;
}

describe('silent-shards', () => {
  it('hides that a shard was not searched; honest coverage says it', async () => {
    const lost = (await cluster.api.cluster()).shards[1]!;
    const members = lost.replicas.map(({ member }) => member);
    const damage = await withFaults(cluster, ['silent-shards'], () => searchWithout(members));
    const cure = await searchWithout(members);
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

/** Kills a replica and searches until it has been back for a while. */
async function searchesAroundARestart(name: string): Promise<SearchAnswer[]> {
  const { pid } = cluster.process(name);
  cluster.signal(name, 'SIGKILL');
  const answers: SearchAnswer[] = [];
  await until(`${name} is ready and answers`, async () => {
    const answer = await searchAll(cluster);
    answers.push(answer);
    const isNew = cluster.processes.some((process) => process.name === name && process.pid !== pid);
    return isNew && answer.profile?.shards.some(({ replica }) => replica === name);
  });
  return answers;
}

/** Claims to be complete, and is not. */
const isShort = ({ total, coverage }: SearchAnswer) => !coverage.degraded && total.value < DOCUMENTS;

describe('replay-skipped', () => {
  it('makes hits missing from complete answers when a replica returns; readiness after replay does not', async () => {
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
  it('is harmless with fencing: the log refuses the late batch; without, an old version overwrites a new one', async () => {
    const damage = await withFaults(cluster, ['paused-leader', 'fencing-off'], () => overtake('unfenced'));
    const cure = await withFaults(cluster, ['paused-leader'], () => overtake('fenced'));
    expect(damage).toBe('old');
    expect(cure).toBe('new');
  });
});

/** Writes a new version of a document while an owner is paused with an older one in hand. @returns which is in the end */
async function overtake(id: string): Promise<unknown> {
  const write = (title: string) => cluster.api.put(id, { title, text: `${id}word` });
  const title = async () => (await cluster.api.get(id)).body['title'];
  const owner = await until('somebody leads', async () => (await cluster.api.cluster()).leader ?? undefined);
  const refused = () => valueOf(cluster.process(owner), 'shoal_indexer_fenced_off_total');
  const before = await refused();
  // It is paused at one of these; those that follow wait for the next owner.
  await until('another leads', async () => {
    await write('old');
    return ![owner, null].includes((await cluster.api.cluster()).leader);
  });
  await write('new');
  const found = async () => (await cluster.api.search(`${id}word`)).hits[0]?.['title'];
  await until('the new version is found', async () => (await found()) === 'new');
  await until('the former owner goes on', () => responds(owner));
  await until(
    'its batch is in, or refused',
    async () => (await title()) === 'old' || (await refused()) > before,
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
