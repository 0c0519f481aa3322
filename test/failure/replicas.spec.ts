import { NODE_LEFT_DELAY_MS } from '@shoal/contracts';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Cluster } from '../cluster/cluster.ts';
import {
  DOCUMENTS,
  expectComplete,
  isFrom,
  searchAll,
  searchUntil,
  startSeeded,
} from '../cluster/seed-documents.ts';
import { EventLog } from '../cluster/sse.ts';
import { until } from '../cluster/until.ts';

/** Delayed allocation waits for the member; the rest is for detection, allocation and replay. */
const REPLACED_MS = NODE_LEFT_DELAY_MS + 15_000;

let cluster: Cluster;

beforeAll(async () => {
  // One of the members is a spare.
  cluster = await startSeeded({ shards: 2, replicas: 2, members: 5, roots: 2 });
  return () => cluster.stop();
});

const replicas = async () => (await cluster.api.cluster()).shards.flatMap((shard) => shard.replicas);

describe('a shard whose replicas are all killed', () => {
  it('is missing from coverage exactly until its replicas have replayed the log', async () => {
    const lost = (await cluster.api.cluster()).shards[0]!;
    for (const { member } of lost.replicas) cluster.signal(member, 'SIGKILL');
    const answers = await searchUntil(
      cluster,
      'a search is complete again',
      async () => !(await searchAll(cluster)).coverage.degraded,
      REPLACED_MS,
    );
    const degraded = answers.filter(({ coverage }) => coverage.degraded);
    expect(degraded.length).toBeGreaterThan(0);
    for (const { coverage, total } of degraded) {
      const { answered, timedOut, failed } = coverage.shards;
      expect([answered, timedOut + failed, coverage.shards.total]).toEqual([1, 1, 2]);
      expect(coverage.documents).toEqual({ searched: DOCUMENTS - lost.documents, total: DOCUMENTS });
      expect(total.value).toBe(DOCUMENTS - lost.documents);
    }
    // A replica that answers too early would answer from the documents replayed so far.
    for (const { coverage, total } of answers.filter((answer) => !degraded.includes(answer)))
      expect([total.value, coverage.documents.searched]).toEqual([DOCUMENTS, DOCUMENTS]);
    await until('both are ready', async () => (await replicas()).every(({ state }) => state === 'ready'));
  });
});

describe('a replica that stays away', () => {
  it('is replaced by the spare, becomes the spare and causes events', async () => {
    const log = await EventLog.open(`${cluster.url}/api/events`);
    onTestFinished(() => log.close());
    const { epoch, members } = await cluster.api.cluster();
    const before = (await replicas()).map(({ member }) => member);
    const spare = members.find(({ member }) => !before.includes(member))!.member;
    const gone = before[0]!;
    const during = await cluster.whilePaused([gone], () =>
      searchUntil(
        cluster,
        `${spare} replaces ${gone}`,
        async () => {
          const now = await replicas();
          const isReady = now.some(({ member, state }) => member === spare && state === 'ready');
          return isReady && now.every(({ member }) => member !== gone);
        },
        REPLACED_MS,
      ),
    );
    const after = await searchUntil(cluster, `${gone} is the spare`, async () => {
      const view = await cluster.api.cluster();
      return view.members.some(({ member, state }) => member === gone && state === 'spare');
    });
    expectComplete([...during, ...after]);
    expect(isFrom(await searchAll(cluster), gone)).toBe(false);

    const states = () => log.of('members').filter((event) => event.member === gone);
    await until('its return is sent', () => states().some(({ state }) => state === 'spare'));
    expect(states().map(({ state }) => state)).toContain('missing');
    expect(log.of('topology').some((event) => Number(event.epoch) > epoch)).toBe(true);
    for (const { data } of log.events) expect(data.detail).toEqual(expect.any(String));
  });
});
