import type { RootAnswer, RootBatch, RootReply, RootRequest, RootSearch } from '@shoal/contracts';
import type { ClusterService, Faults, SettingsService } from '@shoal/runtime';
import { createRegistry } from '@shoal/telemetry';
import type { Histogram } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordSpans } from '../../../test/cluster/recorded-spans.js';
import { QueryController } from './query.controller.js';
import { RootMetrics } from './metrics.js';
import type { AnswerWithHits } from './root-answer.js';
import type { SearchService } from './search.service.js';
import type { ShardClient, ShardOutcome } from './shard-client.js';
import { SuggestService } from './suggest.service.js';

const MEGABYTE = 1024 * 1024;
const ended = recordSpans();

const search = (q: string, flags: string): RootSearch => ({
  kind: 'search',
  q,
  size: 10,
  from: 0,
  operator: 'or',
  budgetMs: 1_000,
  traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-${flags}`,
});

const answer: RootAnswer = {
  status: 200,
  total: 1,
  coverage: {
    degraded: false,
    shards: { total: 1, answered: 1, timedOut: 0, failed: 0 },
    documents: { searched: 1, total: 1 },
  },
  statisticsVersion: 1,
  epoch: 1,
  rootMs: 0,
  shards: [],
};

const timeOut = (parts: { target: number }[]): Promise<ShardOutcome[]> =>
  Promise.resolve(
    parts.map(({ target }) => ({
      target,
      outcome: 'timedOut',
      replica: null,
      hedged: false,
      attempts: [],
      roundTripMs: 1,
    })),
  );

describe('a root', () => {
  let metrics: RootMetrics;
  let requests: Histogram;
  beforeEach(() => {
    ended.length = 0;
    const registry = createRegistry({ service: 'root', instance: 'root-0' });
    metrics = new RootMetrics(registry);
    requests = registry.getSingleMetric('shoal_root_request_duration_seconds') as Histogram;
  });

  const answerSizes = (sizes: number[], flags = '01') =>
    answerAll(sizes.map((size) => search(String(size), flags)));

  async function answerAll(batch: RootRequest[]): Promise<RootAnswer[]> {
    const searches = {
      // A negative size throws, as an error inside a search does.
      search: async ({ q }: RootSearch): Promise<AnswerWithHits> =>
        Promise.resolve({ answer: { ...answer }, hits: `["${'a'.repeat(Number(q))}"]` }),
    } as unknown as SearchService;
    const settings = { get: () => 'root-0' } as unknown as SettingsService;
    const faults = { on: () => false } as unknown as Faults;
    const cluster = { topology: { epoch: 7, shards: [0, 1, 2, 3] } } as unknown as ClusterService;
    const shards = { gather: timeOut } as unknown as ShardClient;
    const suggestions = new SuggestService(cluster, shards);
    const controller = new QueryController(settings, searches, suggestions, metrics, faults);
    const message = JSON.stringify({ v: 1, requests: batch } satisfies RootBatch);
    const reply = await controller.query(message, { arrivedAt: performance.now() } as never);
    return (JSON.parse(reply.split('\n')[0]!) as RootReply).answers;
  }

  it('counts an answer without space in the reply as unavailable', async () => {
    const answers = await answerSizes([4 * MEGABYTE, 4 * MEGABYTE]);
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(answers[1]!.detail).toContain('too many large pages');
    expect(ended.map(({ attributes }) => attributes['error.type'])).toEqual([undefined, 'unavailable']);
    const { values } = await requests.get();
    const counts = values.filter(({ metricName }) => metricName?.endsWith('_count'));
    expect(counts.map(({ labels, value }) => [labels.status, value])).toEqual([
      [200, 1],
      [503, 1],
    ]);
  });

  it('reports a completion as degraded when no shard answered', async () => {
    const { traceparent } = search('', '01');
    const [none] = await answerAll([{ kind: 'suggest', q: 'fi', size: 8, budgetMs: 1_000, traceparent }]);
    expect(none).toMatchObject({ status: 503, epoch: 7, coverage: { degraded: true, shards: { total: 4 } } });
    expect(ended).toMatchObject([
      { attributes: { 'shoal.coverage.degraded': true, 'shoal.coverage.shards_answered': 0 } },
    ]);
  });

  it.each(['search', 'suggest'] as const)('reports an expired %s as degraded', async (kind) => {
    const request = { ...search('1', '01'), kind, budgetMs: 0 } as RootRequest;
    const [expired] = await answerAll([request]);
    expect(expired).toMatchObject({ status: 503, coverage: { degraded: true, shards: { total: 0 } } });
  });

  it('reports a search as degraded when it fails by an error', async () => {
    const [failed] = await answerAll([search('-1', '01')]);
    expect(failed).toMatchObject({ status: 503, coverage: { degraded: true } });
    expect(failed!.detail).toContain('its log says why');
  });

  it('links its metrics to the trace of a sampled request', async () => {
    await answerSizes([1], '01');
    const { traceId } = ended[0]!.spanContext();
    const { values } = (await requests.get()) as { values: { exemplar?: { labelSet: object } }[] };
    const exemplars = values.flatMap(({ exemplar }) => (exemplar ? [exemplar.labelSet] : []));
    expect(exemplars).toEqual([{ trace_id: traceId }]);
  });

  it('answers a batch of small pages completely', async () => {
    expect((await answerSizes([1, 1, 1])).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
