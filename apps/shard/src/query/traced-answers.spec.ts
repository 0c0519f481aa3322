import { SpanStatusCode } from '@opentelemetry/api';
import type { ShardBatch, ShardResult, TimedShardQuery } from '@shoal/contracts';
import type { SettingsService } from '@shoal/runtime';
import { beforeEach, expect, it } from 'vitest';
import { recordSpans } from '../../../../test/cluster/recorded-spans.js';
import type { QueryExecutor } from './query-executor.js';
import type { Finding } from './reply.js';
import { TracedAnswers } from './traced-answers.js';

const ended = recordSpans();
beforeEach(() => void (ended.length = 0));

const query: TimedShardQuery = {
  kind: 'suggest',
  prefix: 'fi',
  limit: 5,
  epoch: 1,
  budgetMs: 1_000,
  traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
};
const batch: ShardBatch = { v: 1, shard: 3, counted: [], queries: [query, query] };

function answer(find: () => Finding): Finding {
  const settings = { get: () => 'shard-3' } as unknown as SettingsService;
  const answers = { execute: find } as unknown as QueryExecutor;
  return new TracedAnswers(settings, answers).answer(query, batch, performance.now());
}

it('ends the span of a query that cannot be answered, as failed, and passes the error on', () => {
  expect(() =>
    answer(() => {
      throw new RangeError('out of bounds');
    }),
  ).toThrow('out of bounds');
  expect(ended).toMatchObject([
    { status: { code: SpanStatusCode.ERROR }, attributes: { 'error.type': 'RangeError' } },
  ]);
});

it('tells of a query what it waited for its turn and found', () => {
  const result = { kind: 'suggest', queueMs: 2, searchMs: 1, ids: ['a'], searched: 0 } as ShardResult;
  answer(() => ({ result, documents: [], postingsRead: 0 }));
  expect(ended).toMatchObject([
    {
      name: 'shard suggest',
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'shoal.shard': 3, 'shoal.batch.queries': 2, 'shoal.queue_ms': 2, 'shoal.hits': 1 },
    },
  ]);
});
