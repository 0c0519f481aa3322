import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeFixtures } from '../cluster/fixtures.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { flood, type Timed } from '../cluster/flood.ts';
import { Jaeger } from '../cluster/jaeger.ts';
import { valueOf } from '../cluster/metrics.ts';
import { until } from '../cluster/until.ts';
import { canObserve } from '../cluster/watchers.ts';

const WATCHERS = ['sidecar', 'gateway', 'jaeger', 'prometheus'];

/** Long enough that what waits for the collector would be seen, and often enough that what else the machine does meets both. */
const ROUNDS = 4;
const LOAD = { clients: 4, forMs: 1_500 };

const median = (replies: Timed[]): number =>
  replies.map(({ ms }) => ms).toSorted((a, b) => a - b)[replies.length >> 1]!;

describe.skipIf(!canObserve)('a cluster, if Jaeger, collector and Prometheus are there', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    // Every trace is sent: the most that can be lost.
    cluster = await startCluster({ observe: true, env: { OTEL_TRACES_SAMPLER_ARG: '1' } });
    await storeFixtures(cluster.api);
    for (const name of WATCHERS) await until(`${name} is healthy`, () => cluster.process(name).url);
  });
  afterAll(() => cluster.stop());

  let asked = 0;
  /** Questions that no cache has an answer to. */
  const load = (): Promise<Timed[]> => flood(cluster.url, LOAD, () => `/api/search?q=shark+${asked++}`);

  it('delivers traces of an outage of gateway and Jaeger afterwards', async () => {
    const traceId = await cluster.whilePaused(['gateway', 'jaeger'], async () => {
      const { traceId } = await cluster.api.search('herring');
      const sidecar = cluster.process('sidecar');
      const labels = { data_type: 'traces' };
      await until('the sidecar tries to hand it on', async () => {
        return (await valueOf(sidecar, 'otelcol_exporter_in_flight_requests', labels)) > 0;
      });
      return traceId;
    });
    const seenIn = async () => {
      const spans = await new Jaeger(cluster.process('jaeger').url!).spansOf(traceId);
      return spans.map(({ service }) => service);
    };
    const everyHop = expect.arrayContaining(['frontend', 'root', 'shard']) as string[];
    await expect.poll(seenIn, { timeout: 40_000 }).toEqual(everyHop);
  });

  it('answers as fast when all telemetry processes hang', async () => {
    await load(); // what runs for the first time is slow
    const well: Timed[] = [];
    const meanwhile: Timed[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      well.push(...(await load()));
      await cluster.whilePaused(WATCHERS, async () => meanwhile.push(...(await load())));
    }
    expect([...well, ...meanwhile].filter(({ status }) => status !== 200)).toEqual([]);
    expect(median(meanwhile) / median(well)).toBeLessThan(1.5);
  });

  it('answers all searches when telemetry processes are killed', async () => {
    const replies = load();
    for (const name of WATCHERS) await cluster.restarted(name);
    expect((await replies).filter(({ status }) => status !== 200)).toEqual([]);
  });
});
