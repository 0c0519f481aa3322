import { LEASE_TTL_MS } from '@shoal/contracts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { withFaults } from '../cluster/faults.ts';
import { valueOf } from '../cluster/metrics.ts';
import { EventLog } from '../cluster/sse.ts';
import { until } from '../cluster/until.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster({ indexers: 2 });
  return () => cluster.stop();
});

/** Returns the leader and its fencing token. */
function leadership(): Promise<{ leader: string; token: number }> {
  return until('an indexer leads', async () => {
    const { leader, fencingToken } = await cluster.api.cluster();
    return leader !== null && { leader, token: fencingToken };
  });
}

/** Waits for a term after this token. The leader's name would not do: a killed leader may return and win again. */
function nextTerm(token: number): Promise<unknown> {
  return until('the next term', async () => (await cluster.api.cluster()).fencingToken > token);
}

/** Writes documents one after another until stopped. @returns a function that stops and returns the accepted ids */
function writing(prefix: string): () => Promise<string[]> {
  const stopped = new AbortController();
  const accepted: string[] = [];
  const done = (async () => {
    for (let at = 0; !stopped.signal.aborted; at++) {
      const id = `${prefix}-${at}`;
      const { status } = await cluster.api.put(id, { title: id, text: `${prefix}word` });
      if (status === 202) accepted.push(id);
    }
    return accepted;
  })();
  const stop = () => {
    stopped.abort();
    return done;
  };
  // A test that fails must not leave a writer behind, whose error would fail another test.
  onTestFinished(() => stop().then(() => undefined));
  return stop;
}

/** Writes a document with a word of its own and waits until it is found, after all earlier writes. */
async function writeAndFind(id: string, word: string): Promise<void> {
  await cluster.api.put(id, { title: id, text: word }, '?wait=searchable');
  await until(`${id} is found`, async () => (await cluster.api.found(word)).length > 0);
  expect(await cluster.api.found(word)).toEqual([id]);
}

/** Expects each of these documents to be found once. */
async function expectAllFound(prefix: string, ids: string[]): Promise<void> {
  await until(`${ids.length} documents are found`, async () => {
    const { total } = await cluster.api.search(`${prefix}word`);
    return total.value === ids.length;
  });
  const some = ids.filter((_, at) => at % Math.ceil(ids.length / 50) === 0);
  for (const id of some) expect((await cluster.api.get(id)).body).toMatchObject({ id });
}

/** Returns a writer whose writes are in flight. */
async function writingUnderWay(prefix: string): Promise<() => Promise<string[]>> {
  const stop = writing(prefix);
  const found = async () => (await cluster.api.search(`${prefix}word`)).total.value > 20;
  await until('writes are found', found);
  return stop;
}

describe('leadership', () => {
  it('passes on without a lost write when the leader is killed', async () => {
    const { epoch } = await cluster.api.cluster();
    const stop = await writingUnderWay('killed');
    const { leader, token } = await leadership();
    cluster.signal(leader, 'SIGKILL');
    await nextTerm(token);
    await writeAndFind('first-after', 'afterdeath');
    await expectAllFound('killed', await stop());
    expect((await cluster.api.cluster()).epoch).toBeGreaterThanOrEqual(epoch);
  });

  it('passes on when the leader hangs and stays when it resumes', async () => {
    const log = await EventLog.open(`${cluster.url}/api/events`);
    onTestFinished(() => log.close());
    const { epoch } = await cluster.api.cluster();
    const stop = await writingUnderWay('paused');
    const former = await leadership();
    const successor = await cluster.whilePaused([former.leader], async () => {
      await nextTerm(former.token);
      await writeAndFind('second-after', 'afterpause');
      return leadership();
    });
    expect(successor.leader).not.toBe(former.leader);
    await writeAndFind('third-after', 'afterresume');
    await expectAllFound('paused', await stop());
    expect(await leadership()).toEqual(successor);
    expect((await cluster.api.cluster()).epoch).toBeGreaterThanOrEqual(epoch);
    expect(log.of('leadership').map((event) => event.leader)).toContain(successor.leader);
  });

  it('is defended by the log, which fences off a late batch', async () => {
    const { leader, token } = await leadership();
    const fencedOff = () => valueOf(cluster.process(leader), 'shoal_indexer_fenced_off_total');
    const before = await fencedOff();
    const log = await EventLog.open(`${cluster.url}/api/events`);
    onTestFinished(() => log.close());
    await withFaults(cluster, ['paused-leader'], async () => {
      const stop = writing('late');
      await nextTerm(token);
      await expectAllFound('late', await stop());
      await until('the late batch is counted', async () => (await fencedOff()) > before);
    });
    const shown = `a late write of ${leader} (fencing token ${token}) was rejected`;
    const events = () => log.of('leadership').map(({ detail }) => detail);
    await expect.poll(events, { timeout: 5_000 }).toContainEqual(expect.stringContaining(shown));
  });

  it('is released before the lease expires when the leader ends gracefully', async () => {
    const stop = await writingUnderWay('graceful');
    const { leader, token } = await leadership();
    cluster.signal(leader, 'SIGTERM');
    const toldAt = performance.now();
    await nextTerm(token);
    // The lease was renewed at most a third of its time ago, so an expiry would take longer than this.
    expect(performance.now() - toldAt).toBeLessThan((LEASE_TTL_MS * 2) / 3);
    await expectAllFound('graceful', await stop());
  });
});
