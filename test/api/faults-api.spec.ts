import type { Fault, FaultList } from '@shoal/contracts';
import { FAULTS } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { switchFault } from '../cluster/faults.ts';
import { valueOf } from '../cluster/metrics.ts';
import { EventLog } from '../cluster/sse.ts';
import { until } from '../cluster/until.ts';

const put = (cluster: Cluster, name: string, body: unknown) =>
  cluster.api.fetch<Fault & { detail?: string }>(`/api/faults/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const list = async (cluster: Cluster) => (await cluster.api.fetch<FaultList>('/api/faults')).body;

async function on(cluster: Cluster): Promise<string[]> {
  const { faults } = await list(cluster);
  return faults.filter(({ enabled }) => enabled).map(({ name }) => name);
}

describe('where faults are allowed', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster();
    return () => cluster.stop();
  });

  it('all are listed, with what they show and what cures them, and none is on', async () => {
    const { allowed, faults } = await list(cluster);
    expect(allowed).toBe(true);
    expect(faults).toEqual(
      Object.entries(FAULTS).map(([name, texts]) => ({ name, enabled: false, ...texts })),
    );
  });

  it('one is switched on and off in every process, and whoever watches is told', async () => {
    const log = await EventLog.open(`${cluster.url}/api/events`);
    await switchFault(cluster, 'slow-replica', true);
    expect(await on(cluster)).toEqual(['slow-replica']);
    await switchFault(cluster, 'slow-replica', false);
    expect(await on(cluster)).toEqual([]);
    await until('both were told', () => log.of('faults').length === 2);
    expect(log.of('faults')).toMatchObject([
      { fault: 'slow-replica', enabled: true, detail: 'fault slow-replica is on' },
      { fault: 'slow-replica', enabled: false },
    ]);
    log.close();
  });

  it('one stays on in a process that starts again', async () => {
    await switchFault(cluster, 'hedging-off', true);
    await cluster.restarted('root-0');
    expect(await valueOf(cluster.process('root-0'), 'shoal_fault_enabled', { fault: 'hedging-off' })).toBe(1);
    await switchFault(cluster, 'hedging-off', false);
  });

  it('a name that there is not is a 404 that lists those that there are', async () => {
    const { status, body } = await put(cluster, 'gremlins', { enabled: true });
    expect(status).toBe(404);
    expect(body.detail).toBe(`there is no fault "gremlins": choose one of ${Object.keys(FAULTS).join(', ')}`);
  });

  it.each([{}, { enabled: 'yes' }, { enabled: true, forMs: 5 }, [], null])(
    'the body %j is a 400',
    async (body) => {
      const answer = await put(cluster, 'slow-replica', body);
      expect(answer.status).toBe(400);
      expect(answer.body.detail).toMatch(/enabled/);
      expect(await on(cluster)).toEqual([]);
    },
  );
});

describe('where faults are not allowed', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ faults: 'off' });
  });
  afterAll(() => cluster.stop());

  it('a switch is a 403 that says how to allow it, and nothing is on', async () => {
    const { status, body } = await put(cluster, 'slow-replica', { enabled: true });
    expect(status).toBe(403);
    expect(body.detail).toMatch(/--faults on/);
    expect((await list(cluster)).allowed).toBe(false);
    expect(await on(cluster)).toEqual([]);
  });
});
