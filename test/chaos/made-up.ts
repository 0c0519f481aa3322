import type { DocumentBody, Hit, SearchAnswer } from '@shoal/contracts';
import { end, type DocumentHistory, type History, type Write } from './history.ts';

/** What can come of a made-up write; `confirmed` is acknowledged with `wait=searchable`. */
export type Fate = Exclude<Write['outcome'], 'open'> | 'confirmed' | 'open' | 'uploaded';

/** Adds a write that was sent at `sentAt` and ended 10 ms later. Null for the words: a deletion. */
export function written(
  document: DocumentHistory,
  sentAt: number,
  fate: Fate,
  words: string | null,
  routing?: string,
): Write {
  const version = document.last.version + 1;
  const body: DocumentBody | null =
    words === null
      ? null
      : { title: document.id, text: words, ...(routing && { routing }), fields: { version } };
  const write = document.begin(body, fate === 'uploaded' ? 'bulk' : 'single', sentAt);
  if (fate === 'confirmed') end(write, 'acknowledged', sentAt + 10, true);
  else if (fate === 'uploaded') end(write, 'acknowledged', sentAt + 10);
  else if (fate !== 'open') end(write, fate, sentAt + 10);
  return write;
}

/** A version as a hit. */
export function hitOf(history: History, id: string, version: number, score = 1): Hit {
  const body = history.of(id).writes[version]!.body!;
  return { id, score, shard: 0, ...body };
}

/** An answer of two shards that leaves nothing to be desired. */
export function answerOf(
  hits: Hit[],
  more: { total?: number; searched?: number; silent?: number } = {},
): SearchAnswer {
  const { total = hits.length, searched = hits.length, silent = 0 } = more;
  return {
    query: 'q',
    tookMs: 1,
    total: { value: total, relation: 'eq' },
    hits,
    coverage: {
      degraded: silent > 0,
      shards: { total: 2, answered: 2 - silent, timedOut: silent, failed: 0 },
      documents: { searched, total: searched + silent },
    },
    statisticsVersion: 1,
    epoch: 1,
    traceId: '0',
  };
}
