import type { SearchAnswer } from '@shoal/contracts';
import { parseTraceparent } from '@shoal/telemetry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../support/cluster.ts';
import { Jaeger } from '../support/jaeger.ts';
import { beginTrace, settled, type Trace } from '../support/otlp-traces.ts';
import { whenRescued } from '../support/rescued.ts';
import { until } from '../support/until.ts';
import { canObserve } from '../support/watchers.ts';

/** How long a trace may take through sidecar and gateway, which decides 3 s after the span that began it, or 12 s after its first. */
const ARRIVES_MS = 30_000;

describe.skipIf(!canObserve)('Jaeger, read back, if it and the collectors are there', () => {
  let cluster: Cluster;
  let jaeger: Jaeger;
  beforeAll(async () => {
    cluster = await startCluster({ observe: true, shards: 2, replicas: 2, members: 4 });
    const page = await until('Jaeger is there', () => cluster.process('jaeger').url);
    jaeger = new Jaeger(page!);
    for (const id of ['a', 'b', 'c', 'd'])
      await cluster.api.put(id, { title: `fish ${id}`, text: 'a fish swims' }, '?wait=searchable');
  });
  afterAll(() => cluster.stop());

  const traceOf = (traceId: string): Promise<Trace> =>
    settled(traceId, () => jaeger.spansOf(traceId), ARRIVES_MS);

  async function search(q: string, timeoutMs = 1_000, headers: Record<string, string> = {}) {
    const query = new URLSearchParams({ q, timeoutMs: String(timeoutMs), profile: 'true' });
    const answer = await cluster.api.fetch<SearchAnswer>(`/api/search?${query.toString()}`, { headers });
    return { ...answer, traceId: answer.body.traceId };
  }

  /** Waits until a search in Jaeger's page for a service and tags finds one of these traces. */
  const found = (traceIds: string[], service: string, tags: Record<string, string>) =>
    until(
      `${JSON.stringify(tags)} finds ${traceIds.join(' or ')}`,
      async () => (await jaeger.find(service, tags)).some((traceId) => traceIds.includes(traceId)),
      ARRIVES_MS,
    );

  it('shows every hop of a search', async () => {
    const { traceId } = await search('fish', 5_000);
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
    expect(answered).toHaveLength(3);
    const [edge] = trace.roots;
    const inside = trace.spans.filter(({ start, end }) => start >= edge!.start - 1 && end - start < 5_000);
    expect(inside).toHaveLength(trace.spans.length);
  });

  it('shows a document on its way to each replica', async () => {
    const coral = { title: 'coral', text: 'a coral reef' };
    const { status, headers } = await cluster.api.put('coral', coral, '?wait=searchable');
    expect(status).toBe(200);
    const traceId = parseTraceparent(headers.get('traceresponse')!)!.traceId;
    const trace = await traceOf(traceId);
    expect(trace.problems()).toEqual([]);
    const [indexed] = trace.named('index document');
    const way = [indexed!];
    for (let span = trace.parentOf(indexed!); span; span = trace.parentOf(span)) way.unshift(span);
    expect(way.map(({ service, name }) => [service, name])).toEqual([
      ['frontend', 'PUT /api/documents/:id'],
      ['frontend', 'publish INTAKE'],
      ['indexer', 'sequence INTAKE'],
      ['shard', 'index document'],
    ]);
    expect(trace.named('index document')).toHaveLength(2);
    // An operator who knows a hot partition finds its writes by this tag.
    await found([traceId], 'shard', { 'shoal.partition': String(indexed!.attributes['shoal.partition']) });
    expect(way[0]!.attributes['url.path']).toBe('/api/documents/coral');
  });

  it('finds a search that was hedged, and shows its straggler', async () => {
    const trace = await whenRescued(
      cluster,
      'shard-0',
      // Many may be needed, and of those that nobody wishes to be traced two a second are (head-sampler.ts).
      () => search(`fish ${Math.random()}`, 1_000, beginTrace().headers),
      async ({ traceId }) => {
        await found([traceId], 'root', { 'shoal.hedged': 'true' });
        await found([traceId], 'root', { 'error.type': 'timeout' });
        return traceOf(traceId);
      },
    );
    expect(trace.problems()).toEqual([]);
    const [hedge] = trace.named('hedge shard');
    const longest = trace.spans
      .filter(({ service, parentId }) => service === 'root' && parentId === hedge!.parentId)
      .toSorted((a, b) => b.end - b.start - (a.end - a.start))[0];
    expect(longest).toMatchObject({ failed: true, attributes: { 'shoal.replica': 'shard-0' } });
  }, 90_000);

  it('finds a degraded answer, and one that was shed', async () => {
    const { shards } = await cluster.api.cluster();
    const silent = shards[1]!.replicas.map(({ member }) => member);
    const degraded = await cluster.whilePaused(silent, () =>
      // On a machine that stands still for a moment, 300 ms may be over before a root is asked.
      until('a degraded answer', async () => {
        const answer = await search(`fish ${Math.random()}`, 300);
        return answer.body.coverage?.degraded && answer;
      }),
    );
    await found([degraded.traceId], 'frontend', { 'shoal.coverage.degraded': 'true' });

    const shed = await until('some are shed', async () => {
      const answers = await cluster.whilePaused(['root-0'], () =>
        Promise.all(Array.from({ length: 200 }, (_, i) => search(`fish ${i}`, 500))),
      );
      const refused = answers.filter(({ body }) =>
        JSON.stringify(body).includes('more searches than the cluster can answer'),
      );
      return refused.length > 0 && refused;
    });
    expect(new Set(shed.map(({ status }) => status))).toEqual(new Set([503]));
    // Of what is kept afterwards each second has its share, and of many as bad as each other only some are (hindsight.ts).
    const traceIds = shed.map(({ traceId }) => traceId);
    await found(traceIds, 'frontend', { 'shoal.shed': 'admission', 'error.type': '503' });
  });
});
