import { z } from 'zod';
import { routingKey } from './document.js';
import { known } from './parameters.js';

export const MAX_QUERY_BYTES = 1024;
export const MAX_WINDOW = 1000;

// A wrong number ends the check: what it would mean together with others is beside the point.
const whole = (name: string, min: number, max: number) => {
  const error = `${name} must be a whole number from ${min} to ${max}`;
  return z.coerce
    .number({ error })
    .int({ error, abort: true })
    .min(min, { error, abort: true })
    .max(max, { error, abort: true });
};

const q = z
  .string({ error: 'q is missing or given twice: give the words to search for once, as ?q=dog' })
  .refine((text) => text.trim() !== '', { error: 'q is blank: give the words to search for, as ?q=dog' })
  .refine((text) => Buffer.byteLength(text) <= MAX_QUERY_BYTES, {
    error: `q must be at most ${MAX_QUERY_BYTES} bytes; search for the few words that matter`,
  })
  .refine((text) => !text.includes('\0'), { error: 'q must not contain NUL bytes' });

/** Query parameters of `GET /api/search`. */
export const searchParameters = z
  .strictObject(
    {
      q,
      size: whole('size', 1, MAX_WINDOW).default(10),
      from: whole('from', 0, 1_000_000_000).default(0),
      operator: z.enum(['or', 'and'], { error: 'operator must be "or" or "and"' }).default('or'),
      routing: routingKey.optional(),
      timeoutMs: whole('timeoutMs', 1, 10_000).default(1000),
      profile: z
        .enum(['true', 'false'], { error: 'profile must be "true" or "false"' })
        .default('false')
        .transform((text) => text === 'true'),
    },
    { error: known('search', 'q, size, from, operator, routing, timeoutMs and profile') },
  )
  .refine(({ from, size }) => from + size <= MAX_WINDOW, {
    path: ['from'],
    error:
      `from + size must be at most ${MAX_WINDOW}: to return one deep page, every shard must send all hits up to ` +
      `its end and the root must merge them, so the cost grows with the depth times the number of shards. ` +
      `Add a word to the query instead`,
  });

/** Query parameters of `GET /api/suggest`. */
export const suggestParameters = z.strictObject(
  { q, size: whole('size', 1, 50).default(8) },
  { error: known('suggest', 'q and size') },
);

/** Part of the corpus that an answer covers. A missing shard never counts as a shard without hits. */
export const coverage = z.object({
  degraded: z.boolean(),
  shards: z.object({ total: z.int(), answered: z.int(), timedOut: z.int(), failed: z.int() }),
  documents: z.object({ searched: z.int(), total: z.int() }),
});

export const hit = z.object({
  id: z.string(),
  score: z.number(),
  title: z.string(),
  text: z.string(),
  url: z.string().optional(),
  routing: z.string().optional(),
  shard: z.int(),
  fields: z.record(z.string(), z.unknown()).optional(),
});

/** One attempt at one member, including attempts that lost to another. */
export const attempt = z.object({
  replica: z.string().describe('who was asked: a replica of the shard, or a root'),
  kind: z.enum(['search', 'fetch']).describe('fetch: for documents that did not fit into the first reply'),
  reason: z
    .enum(['first', 'retry', 'hedge'])
    .describe('retry: another one could not answer, or all were silent; hedge: another one took long'),
  startMs: z.number().describe('since the request came to the process that asks'),
  tookMs: z.number().describe('until it ended, or until the answer left without it'),
  outcome: z
    .enum(['answered', 'late', 'expired', 'timedOut', 'rejected', 'waiting'])
    .describe('waiting: it was still under way when the answer left'),
  detail: z.string().optional().describe('why it was rejected'),
});

/** Where the time of one shard's answer went, in milliseconds. */
export const shardProfile = z.object({
  shard: z.int(),
  replica: z.string().nullable().describe('the member that answered; null when none did'),
  queueMs: z.number(),
  searchMs: z.number(),
  networkMs: z.number(),
  hedged: z.boolean(),
  attempts: z
    .array(attempt)
    .optional()
    .describe(
      'in the order in which they began; not in a kept answer that was first asked for without profile',
    ),
});

export const searchAnswer = z.object({
  query: z.string(),
  tookMs: z.number(),
  total: z.object({ value: z.int(), relation: z.literal('eq') }),
  hits: z.array(hit),
  coverage,
  statisticsVersion: z.int(),
  epoch: z.int(),
  traceId: z.string(),
  profile: z
    .object({
      cached: z.boolean(),
      frontend: z.string(),
      frontendMs: z.number(),
      root: z.string(),
      rootMs: z.number(),
      roots: z.array(attempt).optional().describe('who was asked by the frontend; not in a cached answer'),
      shards: z.array(shardProfile),
    })
    .optional(),
});

export const suggestAnswer = z.object({
  suggestions: z.array(z.object({ text: z.string(), id: z.string().optional() })),
});

export type SearchParameters = z.infer<typeof searchParameters>;
export type SuggestParameters = z.infer<typeof suggestParameters>;
export type Coverage = z.infer<typeof coverage>;
export type Hit = z.infer<typeof hit>;
export type Attempt = z.infer<typeof attempt>;
export type ShardProfile = z.infer<typeof shardProfile>;
export type SearchAnswer = z.infer<typeof searchAnswer>;
export type SuggestAnswer = z.infer<typeof suggestAnswer>;
