import {
  SCHEMA_VERSION,
  type Coverage,
  type RootAnswer,
  type RootReply,
  type ShardProfile,
} from '@shoal/contracts';
import { profileAttempts, roundMs } from '@shoal/runtime';
import type { ShardOutcome } from './shard-client.js';

/** Answer to one request, and its hits as a JSON array that is passed on without parsing. */
export interface AnswerWithHits {
  answer: RootAnswer;
  hits: string;
}

/** Part of the corpus, and state of the cluster, that an answer was computed with. */
export type AnswerBasis = Pick<RootAnswer, 'coverage' | 'epoch' | 'statisticsVersion'>;

/** Reply to a batch that this root rejects because its queue is full or the version is unknown. The frontend tries another root. */
export const REJECTED = JSON.stringify({ v: SCHEMA_VERSION, root: '', answers: [] } satisfies RootReply);

export const NO_TOPOLOGY = 'no topology yet: the cluster is still starting';

/** Coverage when no shard was queried. It is degraded: the answer misses all documents. */
const NO_COVERAGE: Coverage = {
  degraded: true,
  shards: { total: 0, answered: 0, timedOut: 0, failed: 0 },
  documents: { searched: 0, total: 0 },
};

/** @param hits a JSON array */
export function answerOf(
  hits: string,
  basis: AnswerBasis,
  { total, shards }: Pick<RootAnswer, 'total' | 'shards'> = { total: 0, shards: [] },
): AnswerWithHits {
  return { answer: build(200, basis, total, shards), hits };
}

/** Returns a 503. Its coverage is degraded, because no shard has answered. */
export function unavailable(detail: string, basis: Partial<AnswerBasis> = {}): AnswerWithHits {
  const { coverage = NO_COVERAGE, epoch = 0, statisticsVersion = 0 } = basis;
  return failed(503, detail, { coverage, epoch, statisticsVersion });
}

/** Returns a 413 for a page whose documents have this many bytes or more. */
export function pageTooLarge(bytes: number, basis: AnswerBasis): AnswerWithHits {
  const megabytes = Math.ceil(bytes / 1024 / 1024);
  const detail = `this page has ${megabytes} MB of documents or more, and at most 4 MB are sent: ask for fewer hits with a smaller size`;
  return failed(413, detail, basis);
}

function failed(status: RootAnswer['status'], detail: string, basis: AnswerBasis): AnswerWithHits {
  return { answer: { ...build(status, basis, 0, []), detail }, hits: '[]' };
}

/** The controller sets `rootMs` when the answer is complete. */
function build(
  status: RootAnswer['status'],
  { coverage, epoch, statisticsVersion }: AnswerBasis,
  total: number,
  shards: ShardProfile[],
): RootAnswer {
  return { status, total, coverage, statisticsVersion, epoch, rootMs: 0, shards };
}

/** Maximum size of the hits of one reply, in bytes: the reply has to fit into a NATS message. */
const MAX_REPLY_BYTES = 6 * 1024 * 1024;

/** Byte budget of one reply, shared by the answers of a batch in the order in which they complete. */
export class ReplySizeBudget {
  private remainingBytes = MAX_REPLY_BYTES;

  /** @returns the answer, or a 503 in its place when the reply has no space for its hits */
  fit(answered: AnswerWithHits): AnswerWithHits {
    const { answer, hits } = answered;
    this.remainingBytes -= Buffer.byteLength(hits);
    if (this.remainingBytes >= 0 || hits.length <= 2) return answered;
    const detail =
      'too many large pages were asked for at once: try again, or ask for fewer hits with a smaller size';
    return { answer: { ...answer, status: 503, detail }, hits: '[]' };
  }
}

/** Returns how the time of one shard's part of a search was spent. */
export function profileOf({
  target: shard,
  replica,
  outcome,
  result,
  roundTripMs,
  hedged,
}: ShardOutcome): ShardProfile {
  const { queueMs = 0, searchMs = 0 } = result?.result ?? {};
  return {
    shard,
    replica: outcome === 'answered' ? replica : null,
    queueMs: roundMs(queueMs),
    searchMs: roundMs(searchMs),
    networkMs: roundMs(Math.max(0, roundTripMs - queueMs - searchMs)),
    hedged,
  };
}

/**
 * Returns the profile with all attempts of the search and of fetching its documents.
 * @param fetches outcomes of fetching documents, of all shards
 * @param arrivedAt arrival of the request at this root, by `performance.now()`
 */
export function profileWithAttempts(
  outcome: ShardOutcome,
  fetches: readonly ShardOutcome[],
  arrivedAt: number,
): ShardProfile {
  const fetchAttempts = fetches
    .filter(({ target }) => target === outcome.target)
    .flatMap(({ attempts }) => attempts);
  const attempts = [
    ...profileAttempts(outcome.attempts, 'search', arrivedAt),
    ...profileAttempts(fetchAttempts, 'fetch', arrivedAt),
  ];
  return { ...profileOf(outcome), attempts };
}
