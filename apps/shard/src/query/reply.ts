import { SCHEMA_VERSION, type Rejection, type ShardReply, type ShardResult } from '@shoal/contracts';

/** Encodes the rejection of a whole batch, which the root retries on another replica. */
export function rejection(member: string, rejected: Rejection, detail: string): string {
  const reply: ShardReply = { v: SCHEMA_VERSION, rejected: rejected, detail, member, results: [] };
  return JSON.stringify(reply);
}

/** UTF-16 units of documents that one reply carries; the root fetches what is left out. */
const INLINE_BUDGET = 1024 * 1024;
/** Hits of a query whose documents are worth sending along: on deeper pages most would be thrown away by the root. */
const INLINE_HITS = 100;

/** Result of one query, before the byte budget of the reply is applied. */
export interface Finding {
  result: ShardResult;
  /** The stored documents of `result.ids`, in the same order. */
  documents: string[];
  /** search: what it cost. */
  postingsRead: number;
}

/** Lays out a reply: one line of JSON, then the documents, one a line (JSON text has no line breaks in it). */
export function encodeReply(head: Omit<ShardReply, 'v' | 'results'>, findings: Finding[]): string {
  const lines: string[] = [];
  let budget = INLINE_BUDGET;
  for (const { result, documents } of findings) {
    if (result.kind === 'search' && documents.length > INLINE_HITS) continue;
    for (const document of documents) {
      if (document.length > budget) break;
      budget -= document.length;
      lines.push(document);
      result.inlined++;
    }
  }
  const reply: ShardReply = { v: SCHEMA_VERSION, ...head, results: findings.map(({ result }) => result) };
  return [JSON.stringify(reply), ...lines].join('\n');
}
