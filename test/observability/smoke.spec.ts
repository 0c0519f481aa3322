import { parseTraceparent } from '@shoal/telemetry';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { Jaeger } from '../cluster/jaeger.ts';
import { settled, type Trace } from '../cluster/otlp-traces.ts';
import { Prometheus } from '../cluster/prometheus.ts';
import { until } from '../cluster/until.ts';
import { canObserve } from '../cluster/watchers.ts';

/** Maximum time of a trace through sidecar and gateway, which decides up to 12 s after its first span. */
const ARRIVES_MS = 30_000;

describe.skipIf(!canObserve)('a run with --observe, if Jaeger, collector and Prometheus are there', () => {
  let cluster: Cluster;
  let jaeger: Jaeger;
  beforeAll(async () => {
    cluster = await startCluster({ observe: true, shards: 2 });
    jaeger = new Jaeger(await urlOf('jaeger'));
    for (const id of ['a', 'b', 'c', 'd'])
      await cluster.api.put(id, { title: `fish ${id}`, text: 'a fish swims' }, '?wait=searchable');
    return () => cluster.stop();
  });

  const urlOf = (name: string): Promise<string> =>
    until(`${name} is healthy`, () => cluster.process(name).url);
  const traceOf = (traceId: string): Promise<Trace> =>
    settled(traceId, () => jaeger.spansOf(traceId), ARRIVES_MS);

  it('shows every hop of a search in Jaeger', async () => {
    const { traceId } = await cluster.api.search('fish', { timeoutMs: 5_000 });
    const trace = await traceOf(traceId);
    expect(trace.problems()).toEqual([]);
    expect(trace.roots).toMatchObject([{ name: 'GET /api/search', service: 'frontend', failed: false }]);
    const answered = trace.spans.filter(({ attributes }) => attributes['shoal.outcome'] === 'answered');
    expect(
      answered.map((leg) => [leg.service, trace.childrenOf(leg).map(({ name, service }) => [name, service])]),
    ).toEqual(
      expect.arrayContaining([
        ['frontend', [['root search', 'root']]],
        ['root', [['shard search', 'shard']]],
        ['root', [['shard search', 'shard']]],
      ]),
    );
  });

  it('finds the write of a document by its partition in Jaeger', async () => {
    const coral = { title: 'coral', text: 'a coral reef' };
    const { headers } = await cluster.api.put('coral', coral, '?wait=searchable');
    const { traceId } = parseTraceparent(headers.get('traceresponse')!)!;
    const trace = await traceOf(traceId);
    expect(trace.problems()).toEqual([]);
    const [indexed] = trace.named('index document');
    // docs/runbooks/HotPartition.md searches like this.
    const tags = { 'shoal.partition': String(indexed!.attributes['shoal.partition']) };
    await until('a search by the partition finds the trace', async () =>
      (await jaeger.find('shard', tags)).includes(traceId),
    );
  });

  it('counts searches in Prometheus', async () => {
    const prometheus = new Prometheus(await urlOf('prometheus'));
    const { value } = await until('searches are scraped', async () => {
      const [series] = await prometheus.query('sum(shoal_search_duration_seconds_count) > 0');
      return series;
    });
    expect(value).toBeGreaterThan(0);
  });
});
