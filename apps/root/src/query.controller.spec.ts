import type { RootAnswer, RootBatch, RootReply, RootRequest, RootSearch } from '@shoal/contracts';
import type { Faults, SettingsService } from '@shoal/runtime';
import { createRegistry } from '@shoal/telemetry';
import type { Histogram } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { recordSpans } from '../../../test/cluster/recorded-spans.js';
import { QueryController } from './query.controller.js';
import { RootMetrics } from './root.metrics.js';
import type { Answered, SearchService } from './search.service.js';
import type { SuggestService } from './suggest.service.js';

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

describe('the answers of a root', () => {
  let metrics: RootMetrics;
  let requests: Histogram;
  beforeEach(() => {
    ended.length = 0;
    const registry = createRegistry({ service: 'root', instance: 'root-0' });
    metrics = new RootMetrics(registry);
    requests = registry.getSingleMetric('shoal_root_request_duration_seconds') as Histogram;
  });

  const ask = (sizes: number[], flags = '01') => askAll(sizes.map((size) => search(String(size), flags)));

  async function askAll(batch: RootRequest[]): Promise<RootAnswer[]> {
    const searches = {
      search: ({ q }: RootSearch): Promise<Answered> =>
        Promise.resolve({ answer: { ...answer }, hits: `["${'a'.repeat(Number(q))}"]` }),
    } as unknown as SearchService;
    const settings = { get: () => 'root-0' } as unknown as SettingsService;
    const faults = { on: () => false } as unknown as Faults;
    const silent = { degraded: true, shards: { total: 4, answered: 0, timedOut: 4, failed: 0 } };
    const suggestions = {
      suggest: () => Promise.resolve({ epoch: 7, coverage: { ...answer.coverage, ...silent }, hits: '[]' }),
    } as unknown as SuggestService;
    const controller = new QueryController(settings, searches, suggestions, metrics, faults);
    const message = JSON.stringify({ v: 1, requests: batch } satisfies RootBatch);
    const reply = await controller.query(message, { arrivedAt: performance.now() } as never);
    return (JSON.parse(reply.split('\n')[0]!) as RootReply).answers;
  }

  it('that do not fit into the reply are failures to span and metrics too', async () => {
    const answers = await ask([4 * MEGABYTE, 4 * MEGABYTE]);
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

  it('to a completion for which no shard answered say that none did, to its caller and in its span', async () => {
    const { traceparent } = search('', '01');
    const [none] = await askAll([{ kind: 'suggest', q: 'fi', size: 8, budgetMs: 1_000, traceparent }]);
    expect(none).toMatchObject({ status: 503, epoch: 7, coverage: { degraded: true, shards: { total: 4 } } });
    expect(ended).toMatchObject([
      { attributes: { 'shoal.coverage.degraded': true, 'shoal.coverage.shards_answered': 0 } },
    ]);
  });

  it('lead from the metrics to the trace of a sampled request', async () => {
    await ask([1], '01');
    const { traceId } = ended[0]!.spanContext();
    const { values } = (await requests.get()) as { values: { exemplar?: { labelSet: object } }[] };
    const exemplars = values.flatMap(({ exemplar }) => (exemplar ? [exemplar.labelSet] : []));
    expect(exemplars).toEqual([{ trace_id: traceId }]);
  });

  it('that are small fit beside others, however many bytes these take', async () => {
    expect((await ask([1, 1, 1])).map(({ status }) => status)).toEqual([200, 200, 200]);
  });
});
