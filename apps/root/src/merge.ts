import type { ShardOutcome } from './shard-client.js';

/** A hit of the page: its document is there already, or must be fetched from its shard. */
export interface PageHit {
  id: string;
  score: number;
  shard: number;
  document: string | undefined;
}

/**
 * The page [from, from + size) of all shards' hits: best score first, equal scores by id (UTF-16 code units), the same
 * order as within a shard. Each shard sent its best from + size, so nothing of the page can be missing.
 */
export function mergePage(outcomes: readonly ShardOutcome[], from: number, size: number): PageHit[] {
  const heads = outcomes.flatMap(({ target: shard, result }) =>
    result ? [{ shard, ...result, at: 0 }] : [],
  );
  const page: PageHit[] = [];
  const taken = new Set<string>();
  while (taken.size < from + size) {
    let best: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.at < head.result.ids.length && (!best || isBefore(head, best))) best = head;
    }
    if (!best) break;
    const at = best.at++;
    const id = best.result.ids[at]!;
    // A document on its way from one shard to another may for a moment be in both.
    if (taken.has(id)) continue;
    taken.add(id);
    if (taken.size <= from) continue;
    page.push({
      id,
      score: best.result.scores[at]!,
      shard: best.shard,
      document: best.documents[at],
    });
  }
  return page;
}

interface Head {
  result: { ids: string[]; scores: number[] };
  at: number;
}

function isBefore(a: Head, b: Head): boolean {
  const [left, right] = [a.result.scores[a.at]!, b.result.scores[b.at]!];
  return left === right ? a.result.ids[a.at]! < b.result.ids[b.at]! : left > right;
}

/** A hit as the client gets it: score and shard put in front of the document's own JSON. */
export function serializeHit({ score, shard, document }: PageHit): string {
  return `{"score":${score},"shard":${shard},${document!.slice(1)}`;
}
