import type { Coverage, ShardProfile } from './search.js';

/**
 * Frontend → root. The requests of one event-loop turn travel in one message.
 * The reply is text: a line of {@link RootReply}, then one line per request: a JSON array of hits or suggestions,
 * which no process on the way parses.
 */
export interface RootBatch {
  v: number;
  requests: RootRequest[];
}

export type RootRequest = RootSearch | RootSuggest;

interface Budgeted {
  /** Remaining time budget of the client when the message is sent, in ms. */
  budgetMs: number;
  /** W3C trace context of the request. */
  traceparent: string;
}

export interface RootSearch extends Budgeted {
  kind: 'search';
  q: string;
  size: number;
  from: number;
  operator: 'or' | 'and';
  routing?: string;
  /** Includes the attempts for each shard in the response. */
  profile?: true;
}

export interface RootSuggest extends Budgeted {
  kind: 'suggest';
  q: string;
  size: number;
}

export interface RootReply {
  v: number;
  root: string;
  answers: RootAnswer[];
}

/** Detail of a root's response when no shard answered. */
export const NO_SHARD_ANSWERED = 'no shard answered: try again in a few seconds';

/** All of an answer but its hits. `status` is an HTTP status: 200, 413 (page too large) or 503. */
export interface RootAnswer {
  status: 200 | 413 | 503;
  detail?: string;
  total: number;
  coverage: Coverage;
  statisticsVersion: number;
  epoch: number;
  rootMs: number;
  shards: ShardProfile[];
}
