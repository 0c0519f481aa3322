import type { Fault, FaultList } from '@shoal/contracts';
import { FAULTS } from '@shoal/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { switchFault } from '../cluster/faults.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { EventLog } from '../cluster/sse.ts';
import { until } from '../cluster/until.ts';

const cluster = sharedCluster();
/** Other files run meanwhile and stay correct without hedges. */
const HARMLESS = 'hedging-off';

const put = (name: string, body: unknown) =>
  cluster.api.fetch<Fault & { detail?: string }>(`/api/faults/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

const list = async () => (await cluster.api.fetch<FaultList>('/api/faults')).body;

async function enabled(): Promise<string[]> {
  const { faults } = await list();
  return faults.filter((fault) => fault.enabled).map(({ name }) => name);
}

describe('/api/faults', () => {
  it('lists all faults with their texts, none enabled', async () => {
    const { allowed, faults } = await list();
    expect(allowed).toBe(true);
    expect(faults).toEqual(
      Object.entries(FAULTS).map(([name, texts]) => ({ name, enabled: false, ...texts })),
    );
  });

  it('switches a fault in every process and sends events', async () => {
    const log = await EventLog.open(`${cluster.url}/api/events`);
    onTestFinished(() => log.close());
    await switchFault(cluster, HARMLESS, true);
    expect(await enabled()).toEqual([HARMLESS]);
    await switchFault(cluster, HARMLESS, false);
    expect(await enabled()).toEqual([]);
    await until('two events arrive', () => log.of('faults').length === 2);
    expect(log.of('faults')).toMatchObject([
      { fault: HARMLESS, enabled: true, detail: `fault ${HARMLESS} is on` },
      { fault: HARMLESS, enabled: false },
    ]);
  });

  it('rejects an unknown name with 404 and the list of names', async () => {
    const { status, body } = await put('gremlins', { enabled: true });
    expect(status).toBe(404);
    expect(body.detail).toBe(`there is no fault "gremlins": choose one of ${Object.keys(FAULTS).join(', ')}`);
  });

  it.each([{}, { enabled: 'yes' }, { enabled: true, forMs: 5 }, [], null])(
    'rejects the body %j with 400',
    async (body) => {
      const answer = await put(HARMLESS, body);
      expect(answer.status).toBe(400);
      expect(answer.body.detail).toMatch(/enabled/);
      expect(await enabled()).toEqual([]);
    },
  );
});
