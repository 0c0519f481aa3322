import { setTimeout as delay } from 'node:timers/promises';
import type { SearchAnswer } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SLOW_MS } from '../../apps/frontend/src/http/trace-requests.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { isAlive } from '../cluster/running-cluster.ts';
import { startOtlpSink, type OtlpSink } from '../cluster/otlp-sink.ts';
import { beginTrace, CLOCK_MS, spansIn, wholeTrace, type SeenSpan } from '../cluster/otlp-traces.ts';
import { valueOf } from '../cluster/metrics.ts';
import { untilHedged } from '../cluster/until-hedged.ts';
import { until } from '../cluster/until.ts';

const SERVER = 2;
const CLIENT = 3;
const PRODUCER = 4;
const CONSUMER = 5;

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
function answeredBy(spans: readonly SeenSpan[], shard: number): SeenSpan | undefined {
  return spans
    .filter(({ name }) => name.endsWith(' shard'))
    .find(
      ({ attributes }) => attributes['shoal.shard'] === shard && attributes['shoal.outcome'] === 'answered',
    );
}

/** A search whose trace the client begins; not from the cache, as no other asks the same. */
async function search(q: string, { sampled = true, timeoutMs = 1_000 } = {}) {
  const { traceId, headers } = beginTrace(sampled);
  const query = new URLSearchParams({ q, timeoutMs: String(timeoutMs), profile: 'true' });
  const { status, body } = await cluster.api.fetch<SearchAnswer>(`/api/search?${query.toString()}`, {
    headers,
  });
  return { status, body, traceId };
}

const inFlight = (): Promise<number> =>
  valueOf(cluster.process('frontend-0'), 'shoal_admission_in_flight', { traffic: 'search' });

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
    expect(toRoot).toMatchObject({
      kind: CLIENT,
      attributes: { 'messaging.system': 'nats', 'messaging.operation.name': 'request' },
    });
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
    // A root that takes long is asked once more, and then asks the shards once more too.
    const asked = trace.childrenOf(root!);
    for (const shard of [0, 1]) {
      const leg = answeredBy(asked, shard);
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
    const searched = [0, 1].map((shard) => trace.childrenOf(answeredBy(asked, shard)!)[0]!.attributes);
    const sumOf = (name: string) => searched.reduce((sum, attributes) => sum + Number(attributes[name]), 0);
    expect([sumOf('shoal.postings_read'), sumOf('shoal.documents.searched')]).toEqual([5, 5]);
  });

  it('goes on with the trace of the client', async () => {
    const { traceId, headers } = beginTrace();
    const { status } = await cluster.api.fetch('/api/suggest?q=fi', { headers });
    expect(status).toBe(200);
    const trace = await wholeTrace(sink, traceId);
    expect(trace.problems()).toEqual([]);
    expect(trace.roots).toMatchObject([{ name: 'GET /api/suggest' }]);
    expect([0, 1].map((shard) => answeredBy(trace.spans, shard)?.failed)).toEqual([false, false]);
  });

  it('keeps the queries of one message apart', async () => {
    const words = ['fish a', 'fish b', 'fish c', 'fish d', 'fish e'];
    const answers = await Promise.all(words.map((word) => cluster.api.search(word)));
    for (const trace of await Promise.all(answers.map(({ traceId }) => wholeTrace(sink, traceId)))) {
      expect(trace.problems()).toEqual([]);
      expect([0, 1].map((shard) => answeredBy(trace.spans, shard)?.failed)).toEqual([false, false]);
    }
  });

  it('leads from an answer that somebody else had asked for to that trace', async () => {
    // Each is a search of its own when the news that the cache waits for comes late.
    const answers = await until('a search joins another', async () => {
      const asked = await cluster.whilePaused(['root-0'], async () => {
        const searches = [search('joined', { timeoutMs: 5_000 }), search('joined', { timeoutMs: 5_000 })];
        await until('both wait', async () => (await inFlight()) === 2);
        return searches;
      });
      const both = await Promise.all(asked);
      return both.some(({ body }) => body.profile!.cached) && both;
    });
    const traces = await Promise.all(answers.map(({ traceId }) => wholeTrace(sink, traceId)));
    const [joined] = traces.filter((trace) => trace.roots[0]!.attributes['shoal.cache'] === 'joined');
    const [asker] = traces.filter((trace) => trace !== joined);
    expect(joined!.roots[0]!.links).toEqual([asker!.roots[0]!.traceId]);
  });

  it('says where an answer of the cache comes from', async () => {
    const { traceId } = await until('an answer of the cache', async () => {
      await cluster.api.search('fish swims');
      const answer = await cluster.api.search('fish swims', { profile: 'true' });
      return answer.profile!.cached && answer;
    });
    const trace = await wholeTrace(sink, traceId);
    expect(trace.spans).toMatchObject([{ name: 'GET /api/search', attributes: { 'shoal.cache': 'hit' } }]);
  });
});

describe('the trace of a document', () => {
  it('leads from the request through INTAKE to each replica that indexed it, and to those that were waited for', async () => {
    const { traceId, headers } = beginTrace();
    await cluster.api.fetch('/api/documents/coral?wait=searchable', {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'coral', text: 'a coral reef' }),
    });
    const trace = await wholeTrace(sink, traceId);
    expect(trace.problems()).toEqual([]);
    const [edge] = trace.roots;
    expect(edge).toMatchObject({
      name: 'PUT /api/documents/:id',
      attributes: { 'http.response.status_code': 200 },
    });
    const [published] = trace.named('publish INTAKE');
    expect(published).toMatchObject({ kind: PRODUCER, parentId: edge!.spanId, failed: false });
    const [sequenced] = trace.named('sequence INTAKE');
    expect(sequenced).toMatchObject({
      kind: CONSUMER,
      service: 'indexer',
      parentId: published!.spanId,
      attributes: { 'shoal.sequence': published!.attributes['shoal.sequence'], 'shoal.writes': 1 },
    });
    const indexed = trace.named('index document');
    expect(indexed.map(({ parentId, kind }) => [parentId, kind])).toEqual(
      indexed.map(() => [sequenced!.spanId, CONSUMER]),
    );
    const awaited = trace
      .named('await replica')
      .filter(({ attributes }) => attributes['shoal.outcome'] === 'applied');
    expect(indexed.map(({ instance }) => instance).toSorted()).toEqual(
      awaited.map(({ attributes }) => String(attributes['shoal.replica'])).toSorted(),
    );
    expect(indexed).toHaveLength(2);
  });

  it('of an upload has a span for each message, and none for each document', async () => {
    const lines = Array.from({ length: 600 }, (_, i) =>
      JSON.stringify({ id: `u${i}`, title: 'sand', text: 'sand' }),
    );
    const { traceId, headers } = beginTrace();
    await cluster.api.fetch('/api/documents', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    const trace = await wholeTrace(sink, traceId);
    const writes = trace.named('publish INTAKE').map(({ attributes }) => Number(attributes['shoal.writes']));
    expect(writes.toSorted((a, b) => b - a)).toEqual([250, 250, 100]);
    expect(trace.named('sequence INTAKE')).toHaveLength(3);
    expect(trace.spans).toHaveLength(7);
  });
});

describe('what a trace shows when something is wrong', () => {
  it('a straggler: the hedge that answered, and the attempt that did not, for as long as it was waited for', async () => {
    const { trace, shard, isFirstTry } = await untilHedged(
      cluster,
      'shard-0',
      () => search(`fish ${Math.random()}`),
      async ({ traceId, shard }) => {
        // Of the shard there may be others: a root that takes long is asked once more.
        const isFirstTry = ({ name, attributes }: SeenSpan) =>
          name === 'query shard' &&
          attributes['shoal.shard'] === shard &&
          attributes['shoal.replica'] === 'shard-0';
        // It ends, and is sent, when nobody waits for it any more: long after all others.
        await until('the first try is given up', () =>
          spansIn(sink).some((span) => span.traceId === traceId && isFirstTry(span)),
        );
        return { trace: await wholeTrace(sink, traceId), shard, isFirstTry };
      },
    );
    expect(trace.problems()).toEqual([]);
    expect(trace.roots).toMatchObject([{ attributes: { 'shoal.coverage.degraded': false } }]);
    const hedge = answeredBy(trace.named('hedge shard'), shard);
    expect(hedge).toMatchObject({ failed: false, attributes: { 'shoal.hedged': true } });
    const straggler = trace.childrenOf(trace.parentOf(hedge!)!).find(isFirstTry);
    expect(straggler).toMatchObject({
      failed: true,
      attributes: { 'shoal.outcome': 'timedOut', 'error.type': 'timeout' },
    });
    expect(straggler!.end).toBeGreaterThan(hedge!.end);
  }, 90_000);

  it('names the missing shard of a degraded completion', async () => {
    const { shards } = await cluster.api.cluster();
    const silent = shards[1]!.replicas.map(({ member }) => member);
    const traceId = await cluster.whilePaused(silent, () =>
      // On a machine that stands still for a moment, the time may be over before the root answers.
      until('a completion in time', async () => {
        const { traceId, headers } = beginTrace();
        const { status } = await cluster.api.fetch('/api/suggest?q=fi', { headers });
        return status === 200 && traceId;
      }),
    );
    const trace = await wholeTrace(sink, traceId);
    const degraded = { 'shoal.coverage.degraded': true };
    expect(trace.roots).toMatchObject([{ name: 'GET /api/suggest', attributes: degraded }]);
    const [root] = trace.named('root suggest');
    expect(root).toMatchObject({ attributes: { ...degraded, 'shoal.coverage.shards_answered': 1 } });
    expect(root!.attributes).toHaveProperty(['shoal.coverage.shards_missing']);
  });

  it('shows the timed out attempt of a degraded answer, and its exemplars', async () => {
    const { shards } = await cluster.api.cluster();
    const silent = shards[1]!.replicas.map(({ member }) => member);
    const { traceId } = await cluster.whilePaused(silent, async () => {
      // On a machine that stands still for a moment, 300 ms may be over before the root is asked, or nearly.
      const degraded = await until('a degraded answer, after most of its time', async () => {
        const answer = await search(`fish ${Math.random()}`, { timeoutMs: 300 });
        const waited = answer.body.profile?.shards[1]?.attempts?.some(({ tookMs }) => tookMs > 200);
        return answer.body.coverage?.degraded && waited && answer;
      });
      // A replica that resumes sooner may still answer, late instead of never.
      await until('the attempt on the silent replica has ended', () =>
        spansIn(sink).some(
          ({ traceId, name, attributes }) =>
            traceId === degraded.traceId && name === 'query shard' && attributes['shoal.shard'] === 1,
        ),
      );
      return degraded;
    });
    const trace = await wholeTrace(sink, traceId);
    expect(trace.problems()).toEqual([]);
    expect(trace.roots).toMatchObject([{ attributes: { 'shoal.coverage.degraded': true } }]);
    expect(trace.named('root search')).toMatchObject([{ attributes: { 'shoal.coverage.degraded': true } }]);
    const answered = answeredBy(trace.spans, 0);
    expect(answered).toMatchObject({ failed: false });
    expect(trace.childrenOf(answered!)).toMatchObject([{ name: 'shard search', service: 'shard' }]);
    const silentAttempt = trace
      .named('query shard')
      .find(({ attributes }) => attributes['shoal.shard'] === 1);
    expect(silentAttempt).toMatchObject({ failed: true, attributes: { 'error.type': 'timeout' } });
    expect(silentAttempt!.end - silentAttempt!.start).toBeGreaterThan(200);
    expect(trace.named('query root')).toMatchObject([{ attributes: { 'shoal.outcome': 'answered' } }]);
    for (const name of ['frontend-0', 'root-0']) {
      const headers = { accept: 'application/openmetrics-text' };
      const metrics = await fetch(`${cluster.process(name).url}/metrics`, { headers });
      expect(await metrics.text()).toContain(`trace_id="${traceId}"`);
    }
  });

  it('which requests nobody waited for, in the metrics too; and errors say which trace they are', async () => {
    const aborted = () =>
      valueOf(cluster.process('frontend-0'), 'http_server_request_duration_seconds_count', {
        http_request_method: 'GET',
        http_route: '/api/search',
        status_class: 'aborted',
      });
    const { traceId, headers } = beginTrace();
    await cluster.whilePaused(['root-0'], async () => {
      const leaving = new AbortController();
      const url = `${cluster.url}/api/search?q=patience&timeoutMs=10000`;
      const asking = fetch(url, { headers, signal: leaving.signal });
      await until('the frontend waits', async () => (await inFlight()) === 1);
      // Who goes sooner may only have typed on.
      await delay(SLOW_MS);
      leaving.abort();
      await expect(asking).rejects.toThrow('aborted');
      await until('it is counted', async () => (await aborted()) === 1);
    });
    const trace = await wholeTrace(sink, traceId);
    expect(trace.roots).toMatchObject([{ failed: true, attributes: { 'error.type': 'aborted' } }]);

    const wrong = beginTrace();
    const response = await fetch(`${cluster.url}/api/search?size=many`, { headers: wrong.headers });
    expect(response.headers.get('traceresponse')).toContain(wrong.traceId);
    expect(await response.json()).toMatchObject({ status: 400, traceId: wrong.traceId });
  });

  it('marks a request that is shed', async () => {
    const answers = await cluster.whilePaused(['root-0'], () =>
      Promise.all(
        Array.from({ length: 200 }, (_, i) =>
          cluster.api.fetch<SearchAnswer>(`/api/search?q=fish+${i}&timeoutMs=500`),
        ),
      ),
    );
    const shed = answers.find(({ body }) =>
      JSON.stringify(body).includes('more searches than the cluster can answer'),
    );
    const { traceId } = shed!.body;
    const trace = await wholeTrace(sink, traceId);
    expect(trace.spans).toMatchObject([
      { failed: true, attributes: { 'shoal.shed': 'admission', 'http.response.status_code': 503 } },
    ]);
  });

  it('exports no span of requests whose client leaves the flag unset', async () => {
    const asked: string[] = [];
    for (let i = 0; i < 20; i++) asked.push((await search(`swims ${i}`, { sampled: false })).traceId);
    // Spans of one process are exported in order, so earlier ones have arrived when the last search has.
    await wholeTrace(sink, (await search('swims')).traceId);
    const exported = new Set(spansIn(sink).map(({ traceId }) => traceId));
    expect(asked.filter((traceId) => exported.has(traceId))).toEqual([]);
  });

  it('limits the traces of a client that sets the flag on every request', async () => {
    const asked: string[] = [];
    for (let i = 0; i < 20; i++)
      asked.push(
        ...(await Promise.all(Array.from({ length: 10 }, (_, j) => search(`fins ${i} ${j}`)))).map(
          ({ traceId }) => traceId,
        ),
      );
    // Without a traceparent, and the ratio is 1, so it is sampled.
    await wholeTrace(sink, (await cluster.api.search('fins')).traceId);
    const inShards = spansIn(sink).filter(({ name }) => name === 'shard search');
    const sampled = new Set(inShards.map(({ traceId }) => traceId));
    const granted = asked.filter((traceId) => sampled.has(traceId));
    expect(granted.length).toBeGreaterThan(10);
    expect(granted.length).toBeLessThan(150);
  });

  it('nobody waits for a collector that hangs, not even at the end', async () => {
    sink.hang();
    for (let i = 0; i < 20; i++) expect((await search(`hangs ${i}`)).status).toBe(200);
    const began = performance.now();
    const pid = cluster.signal('root-0', 'SIGTERM');
    await until('the root has ended', () => !isAlive(pid));
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
