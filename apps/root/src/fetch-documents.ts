import type { ShardQuery, ShardSearch } from '@shoal/contracts';
import type { PageHit } from './merge.js';
import type { ShardAnswer, ShardOutcome, ShardClient } from './shard-client.js';

/** Largest page, in bytes of JSON: it has to fit into a NATS message together with others. */
export const MAX_PAGE = 4 * 1024 * 1024;

/**
 * Gets the documents that did not fit into the first replies, in as many rounds as they need, and puts them into the hits of the
 * page. A document that was deleted meanwhile is no hit any more and stays without. A page that gets too large is given up.
 * @param query the search that found the hits
 * @param budgetMs for all rounds together
 * @returns what came of each round; a shard that is without result in one did not deliver all of its documents, and none
 * of its hits has one then
 */
export async function fetchDocuments(
  shards: Pick<ShardClient, 'gather'>,
  page: PageHit[],
  query: Pick<ShardSearch, 'epoch' | 'traceparent'>,
  budgetMs: number,
): Promise<ShardOutcome[]> {
  const deadline = performance.now() + budgetMs;
  const fetched: ShardOutcome[] = [];
  let wanting = page.filter(({ document }) => document === undefined);
  while (wanting.length > 0 && bytesOf(page) <= MAX_PAGE) {
    const byShard = Map.groupBy(wanting, ({ shard }) => shard);
    const legs = [...byShard].map(([shard, hits]) => ({ shard, query: fetchOf(hits, query) }));
    const outcomes = await shards.gather(legs, Math.max(0, deadline - performance.now()));
    fetched.push(...outcomes);
    wanting = outcomes.flatMap(({ target: shard, result }) =>
      result ? takeDocuments(byShard.get(shard)!, result) : [],
    );
  }
  const silent = silentOf(fetched);
  for (const hit of page) if (silent.has(hit.shard)) hit.document = undefined;
  return fetched;
}

/** The shards that did not answer, once or more. */
export function silentOf(fetched: readonly ShardOutcome[]): Set<number> {
  return new Set(fetched.filter(({ result }) => !result).map(({ target: shard }) => shard));
}

/** Bytes of the documents that are there. */
export function bytesOf(page: readonly PageHit[]): number {
  return page.reduce((sum, { document }) => sum + (document ? Buffer.byteLength(document) : 0), 0);
}

function fetchOf(
  hits: PageHit[],
  { epoch, traceparent }: Pick<ShardSearch, 'epoch' | 'traceparent'>,
): ShardQuery {
  return { kind: 'fetch', ids: hits.map(({ id }) => id), epoch, traceparent };
}

/** @returns the hits whose documents the shard has, but could not fit into this reply */
function takeDocuments(hits: PageHit[], { result, documents }: ShardAnswer): PageHit[] {
  const sent = new Map(documents.map((document, index) => [result.ids[index], document]));
  for (const hit of hits) hit.document = sent.get(hit.id);
  return hits.filter(({ id, document }) => document === undefined && result.ids.includes(id));
}
