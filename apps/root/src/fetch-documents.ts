import type { ShardQuery, ShardSearch } from '@shoal/contracts';
import type { PageHit } from './merge.js';
import type { ShardClient, ShardOutcome } from './shard-client.js';

/** Maximum size of a page's documents, in bytes of JSON: it shares a NATS message with other pages. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Fetches the documents of a page that did not fit into the first replies, in as many rounds as necessary. Stops when the
 * page exceeds {@link MAX_PAGE_BYTES}. A document that was deleted meanwhile stays undefined.
 * @param query the search that found the hits
 * @param budgetMs time for all rounds, in ms
 * @returns the page with documents, and the outcome of each fetch. When a shard does not answer one of them, all its hits
 * lose their documents.
 */
export async function fetchDocuments(
  shards: Pick<ShardClient, 'gather'>,
  page: PageHit[],
  query: Pick<ShardSearch, 'epoch' | 'traceparent'>,
  budgetMs: number,
): Promise<{ page: PageHit[]; fetches: ShardOutcome[] }> {
  const fetches: ShardOutcome[] = [];
  let missing = page.filter(({ document }) => document === undefined);
  if (missing.length === 0) return { page, fetches };

  const deadline = performance.now() + budgetMs;
  const documents = new Map<string, string>();
  let bytes = bytesOf(page);
  while (missing.length > 0 && bytes <= MAX_PAGE_BYTES) {
    const byShard = Map.groupBy(missing, ({ shard }) => shard);
    const parts = [...byShard].map(([target, hits]) => ({ target, query: fetchQuery(hits, query) }));
    const outcomes = await shards.gather(parts, Math.max(0, deadline - performance.now()));
    fetches.push(...outcomes);
    const deferred = new Set<string>();
    for (const { result } of outcomes) {
      if (!result) continue;
      // A reply names all documents that the shard has, and includes the first ones, as many as fit.
      const { ids } = result.result;
      for (const [rank, document] of result.documents.entries()) {
        documents.set(ids[rank]!, document);
        bytes += Buffer.byteLength(document);
      }
      for (const id of ids.slice(result.documents.length)) deferred.add(id);
    }
    missing = missing.filter(({ id }) => deferred.has(id));
  }
  const silent = silentShards(fetches);
  return {
    page: page.map((hit) => {
      if (silent.has(hit.shard)) return { ...hit, document: undefined };
      return hit.document === undefined ? { ...hit, document: documents.get(hit.id) } : hit;
    }),
    fetches,
  };
}

/** Marks the outcomes of shards that did not answer a fetch as timed out: hits without documents are no answer. */
export function markTimedOut(outcomes: ShardOutcome[], fetches: readonly ShardOutcome[]): ShardOutcome[] {
  if (fetches.length === 0) return outcomes;
  const silent = silentShards(fetches);
  return outcomes.map((outcome) => (silent.has(outcome.target) ? timedOut(outcome) : outcome));
}

/** Returns the size of the page's documents, in bytes. */
export function bytesOf(page: readonly PageHit[]): number {
  return page.reduce((sum, { document }) => sum + (document ? Buffer.byteLength(document) : 0), 0);
}

function fetchQuery(
  hits: PageHit[],
  { epoch, traceparent }: Pick<ShardSearch, 'epoch' | 'traceparent'>,
): ShardQuery {
  return { kind: 'fetch', ids: hits.map(({ id }) => id), epoch, traceparent };
}

/** Returns the shards that left one fetch or more without an answer. */
function silentShards(fetches: readonly ShardOutcome[]): Set<number> {
  return new Set(fetches.filter(({ result }) => !result).map(({ target }) => target));
}

function timedOut({ target, replica, hedged, attempts, roundTripMs }: ShardOutcome): ShardOutcome {
  return { target, outcome: 'timedOut', replica, hedged, attempts, roundTripMs };
}
