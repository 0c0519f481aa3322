import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../support/cluster.ts';
import { startOtlpSink, type OtlpSink } from '../support/otlp-sink.ts';
import { CLOCK_MS, wholeTrace, type SeenSpan, type Trace } from '../support/otlp-traces.ts';

const SERVER = 2;
const CLIENT = 3;

let sink: OtlpSink;
let cluster: Cluster;

beforeAll(async () => {
  sink = await startOtlpSink();
  cluster = await startCluster({
    shards: 2,
    replicas: 2,
    members: 4,
    faults: 'on',
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: sink.url, OTEL_TRACES_SAMPLER_ARG: '1' },
  });
  for (const id of ['a', 'b', 'c', 'd', 'e'])
    await cluster.api.put(id, { title: `fish ${id}`, text: 'a fish swims' }, '?wait=searchable');
});
afterAll(async () => {
  await cluster.stop();
  await sink.stop();
});

/** The attempt whose answer counted: on a busy machine a hedge may be faster. */
function answeredBy(trace: Trace, shard: number): SeenSpan | undefined {
  return trace
    .named(new RegExp(`shard ${shard}$`))
    .find(({ attributes }) => attributes['shoal.outcome'] === 'answered');
}

describe('the trace of a search', () => {
  it('shows every hop, each below the one that asked it', async () => {
    const { traceId, epoch, statisticsVersion } = await cluster.api.search('fish', { timeoutMs: 5_000 });
    const trace = await wholeTrace(sink, traceId);
    expect(trace.problems()).toEqual([]);
    const [edge] = trace.roots;
    expect(edge).toMatchObject({
      name: 'GET /api/search',
      kind: SERVER,
      service: 'frontend',
      failed: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/search',
        'http.response.status_code': 200,
        'url.path': '/api/search',
        'shoal.cache': 'miss',
        'shoal.coverage.degraded': false,
      },
    });
    const toRoot = trace
      .childrenOf(edge!)
      .find(({ attributes }) => attributes['shoal.outcome'] === 'answered');
    expect(toRoot).toMatchObject({ kind: CLIENT, attributes: { 'messaging.system': 'nats' } });
    const [root] = trace.childrenOf(toRoot!);
    expect(root).toMatchObject({
      name: 'root search',
      kind: SERVER,
      service: 'root',
      attributes: {
        'shoal.epoch': epoch,
        'shoal.statistics_version': statisticsVersion,
        'shoal.coverage.degraded': false,
        'shoal.queue_ms': expect.any(Number),
      },
    });
    for (const shard of [0, 1]) {
      const leg = answeredBy(trace, shard);
      expect(leg).toMatchObject({
        kind: CLIENT,
        parentId: root!.spanId,
        attributes: { 'shoal.shard': shard, 'shoal.hedged': leg!.name.startsWith('hedge') },
      });
      const [answer] = trace.childrenOf(leg!);
      expect(answer).toMatchObject({
        name: 'shard search',
        kind: SERVER,
        service: 'shard',
        instance: leg!.attributes['shoal.replica'],
        attributes: { 'shoal.shard': shard, 'shoal.epoch': epoch, 'shoal.queue_ms': expect.any(Number) },
      });
      expect(answer!.end).toBeLessThanOrEqual(leg!.end + CLOCK_MS);
    }
    const searched = [0, 1].map((shard) => trace.childrenOf(answeredBy(trace, shard)!)[0]!.attributes);
    const sumOf = (name: string) => searched.reduce((sum, attributes) => sum + Number(attributes[name]), 0);
    expect([sumOf('shoal.postings_read'), sumOf('shoal.documents.searched')]).toEqual([5, 5]);
  });

  it('goes on with the trace of the client', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const { body } = await cluster.api.fetch('/api/suggest?q=fi', { headers });
    expect(body).toMatchObject({ suggestions: expect.any(Array) });
    const trace = await wholeTrace(sink, traceId);
    expect(trace.orphans).toMatchObject([{ name: 'GET /api/suggest', parentId: '00f067aa0ba902b7' }]);
    expect([0, 1].map((shard) => answeredBy(trace, shard)?.failed)).toEqual([false, false]);
  });

  it('keeps the queries of one message apart', async () => {
    const words = ['fish a', 'fish b', 'fish c', 'fish d', 'fish e'];
    const answers = await Promise.all(words.map((word) => cluster.api.search(word)));
    for (const { traceId } of answers) {
      const trace = await wholeTrace(sink, traceId);
      expect(trace.problems()).toEqual([]);
      expect([0, 1].map((shard) => answeredBy(trace, shard)?.failed)).toEqual([false, false]);
    }
  });

  it('says where an answer of the cache comes from', async () => {
    await cluster.api.search('fish swims');
    const { traceId } = await cluster.api.search('fish swims');
    const trace = await wholeTrace(sink, traceId);
    expect(trace.spans).toMatchObject([{ name: 'GET /api/search', attributes: { 'shoal.cache': 'hit' } }]);
  });
});
