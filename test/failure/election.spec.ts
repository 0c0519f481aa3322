import { LEASE_TTL_MS } from '@shoal/contracts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { withFaults } from '../cluster/faults.ts';
import { valueOf } from '../cluster/metrics.ts';
import { EventLog } from '../cluster/sse.ts';
import { until } from '../cluster/until.ts';

/** The lease lasts 4 s; the rest is for the other one to notice. */
const TAKEOVER_MS = 5_000;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ indexers: 2 });
  return () => cluster.stop();
});

async function leader(): Promise<string> {
  return until('somebody leads', async () => (await cluster.api.cluster()).leader ?? undefined);
}

/**
 * Resolves when the topology is in the hands of an owner that won after this token. The name would not do: the one that was killed may
 * be back, and win again.
 */
function takeover(token: number): Promise<unknown> {
  return until('another win', async () => (await cluster.api.cluster()).fencingToken > token);
}

/** Resolves when another indexer than this one leads. */
function anotherLeads(owner: string): Promise<string> {
  return until('another leads', async () => {
    const { leader } = await cluster.api.cluster();
    return leader !== owner && (leader ?? undefined);
  });
}

/**
 * Sends a signal to whoever owns, until another has taken over in time: where the machine stands still for a moment it takes longer, but not
 * each time.
 * @returns the one it was taken from, who is left as the signal left him
 */
function takenInTime(signal: 'SIGKILL' | 'SIGSTOP'): Promise<string> {
  return until(`another owns within ${TAKEOVER_MS} ms`, async () => {
    const owner = await leader();
    const { fencingToken } = await cluster.api.cluster();
    cluster.signal(owner, signal);
    const sentAt = performance.now();
    await takeover(fencingToken);
    if (performance.now() - sentAt < TAKEOVER_MS) return owner;
    if (signal === 'SIGSTOP') cluster.signal(owner, 'SIGCONT');
    return false;
  });
}

/** Writes one document after the other until told to stop, or until the test ends. @returns the ids of those that were accepted */
function writing(prefix: string): () => Promise<string[]> {
  const told = new AbortController();
  const accepted: string[] = [];
  const done = (async () => {
    for (let at = 0; !told.signal.aborted; at++) {
      const id = `${prefix}-${at}`;
      const { status } = await cluster.api.put(id, { title: id, text: `${prefix}word` });
      if (status === 202) accepted.push(id);
    }
    return accepted;
  })();
  const stop = () => {
    told.abort();
    return done;
  };
  // A test that fails before it has told so must not leave a writer behind, whose error would be another one's.
  onTestFinished(() => stop().then(() => undefined));
  return stop;
}

/** Writes a document that alone has this word, and waits until it is found: the new owner takes over what was written before it. */
async function writeAndFind(id: string, word: string): Promise<void> {
  await cluster.api.put(id, { title: id, text: word }, '?wait=searchable');
  await until(`${id} is found`, async () => (await cluster.api.found(word)).length > 0);
  expect(await cluster.api.found(word)).toEqual([id]);
}

/** All of them can be found, each once. */
async function expectAllFound(prefix: string, ids: string[]): Promise<void> {
  await until(`${ids.length} documents are found`, async () => {
    const { total } = await cluster.api.search(`${prefix}word`);
    return total.value === ids.length;
  });
  const some = ids.filter((_, at) => at % Math.ceil(ids.length / 50) === 0);
  for (const id of some) expect((await cluster.api.get(id)).body).toMatchObject({ id });
}

describe('ownership', () => {
  it('passes on within 5 s of the death of the owner, and no accepted write is lost', async () => {
    const { epoch } = await cluster.api.cluster();
    const stop = writing('killed');
    await until(
      'writes are under way',
      async () => (await cluster.api.search('killedword')).total.value > 20,
    );
    await takenInTime('SIGKILL');
    await writeAndFind('first-after', 'afterdeath');
    await expectAllFound('killed', await stop());
    expect((await cluster.api.cluster()).epoch).toBeGreaterThanOrEqual(epoch);
  });

  it('passes to another within 5 s when the owner hangs; when it wakes up, it does no harm', async () => {
    const { epoch } = await cluster.api.cluster();
    const stop = writing('paused');
    await until(
      'writes are under way',
      async () => (await cluster.api.search('pausedword')).total.value > 20,
    );
    const owner = await takenInTime('SIGSTOP');
    const next = await anotherLeads(owner);
    await writeAndFind('second-after', 'afterpause');
    cluster.signal(owner, 'SIGCONT');
    await writeAndFind('third-after', 'afterwaking');
    await expectAllFound('paused', await stop());
    const view = await cluster.api.cluster();
    expect(view.leader).toBe(next);
    expect(view.epoch).toBeGreaterThanOrEqual(epoch);
  });

  it('is defended by the log: what an owner has in hand when it hangs is refused when it wakes up, counted and shown', async () => {
    const owner = await leader();
    const { fencingToken } = await cluster.api.cluster();
    const refused = () => valueOf(cluster.process(owner), 'shoal_indexer_fenced_off_total');
    const before = await refused();
    const log = await EventLog.open(`${cluster.url}/api/events`);
    await withFaults(cluster, ['paused-leader'], async () => {
      const stop = writing('late');
      await takeover(fencingToken);
      await expectAllFound('late', await stop());
      await until('the refusal is counted', async () => (await refused()) > before);
    });
    const shown = `a late write of ${owner} (fencing token ${fencingToken}) was refused`;
    const events = () => log.of('leadership').map(({ detail }) => detail);
    await expect.poll(events, { timeout: 5_000 }).toContainEqual(expect.stringContaining(shown));
    log.close();
  });

  it('is given up in order when the owner is told to end', async () => {
    const stop = writing('told');
    const owner = await leader();
    await until('writes are under way', async () => (await cluster.api.search('toldword')).total.value > 20);
    cluster.signal(owner, 'SIGTERM');
    const toldAt = performance.now();
    await anotherLeads(owner);
    // Without waiting for the lease to run out: it was renewed at most a third of its time ago.
    expect(performance.now() - toldAt).toBeLessThan((LEASE_TTL_MS * 2) / 3);
    await expectAllFound('told', await stop());
  });
});
