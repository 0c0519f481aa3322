import type { ShardAnswer, ShardOutcome } from './shard-client.js';

/** Hit of the page; its document is undefined until it has been fetched from the shard. */
export interface PageHit {
  id: string;
  score: number;
  shard: number;
  document: string | undefined;
}

/** Answer of one shard, and the rank of its next hit. */
interface Head extends ShardAnswer {
  shard: number;
  rank: number;
}

/**
 * Merges the hits of all shards into the page [from, from + size). The order is that of a shard: by descending score, equal
 * scores by id (UTF-16 code units). Each shard sent its best from + size hits, so the page is complete.
 */
export function mergePage(outcomes: readonly ShardOutcome[], from: number, size: number): PageHit[] {
  const heads: Head[] = outcomes.flatMap(({ target: shard, result }) =>
    result ? [{ shard, ...result, rank: 0 }] : [],
  );
  const page: PageHit[] = [];
  const merged = new Set<string>();
  while (merged.size < from + size) {
    let best: Head | undefined;
    for (const head of heads) {
      if (head.rank < head.result.ids.length && (!best || isBefore(head, best))) best = head;
    }
    if (!best) break;
    const rank = best.rank++;
    const id = best.result.ids[rank]!;
    // A document that moves from one shard to another may be in both for a moment.
    if (merged.has(id)) continue;
    merged.add(id);
    if (merged.size <= from) continue;
    page.push({ id, score: best.result.scores[rank]!, shard: best.shard, document: best.documents[rank] });
  }
  return page;
}

function isBefore(a: Head, b: Head): boolean {
  const [left, right] = [a.result.scores[a.rank]!, b.result.scores[b.rank]!];
  return left === right ? a.result.ids[a.rank]! < b.result.ids[b.rank]! : left > right;
}

/** Returns the hits that have a document as a JSON array. */
export function serializePage(page: readonly PageHit[]): string {
  const complete = page.filter(({ document }) => document !== undefined);
  return `[${complete.map(serializeHit).join(',')}]`;
}

/** Returns the hit as the client receives it: score and shard prepended to the document's own JSON. */
export function serializeHit({ score, shard, document }: PageHit): string {
  return `{"score":${score},"shard":${shard},${document!.slice(1)}`;
}
