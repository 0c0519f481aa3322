/**
 * Root → one replica of a shard. The queries of one event-loop turn travel in one message.
 * The reply is text: a line of {@link ShardReply}, then the documents that fit into the reply, one per line, as they
 * were stored: the root passes them on unparsed.
 */
export interface ShardBatch {
  v: number;
  shard: number;
  /**
   * By partition of the shard, in the topology's order: the DOCS sequence that the root's statistics count. A replica that
   * has not come that far (it was paused, say) would leave out documents that are known.
   */
  counted: number[];
  queries: TimedShardQuery[];
}

export type ShardQuery = ShardSearch | ShardSuggest | ShardFetch;

/** A query on its way: what is left of the client's time, in ms, as the message leaves. */
export type TimedShardQuery = ShardQuery & { budgetMs: number };

interface Planned {
  /**
   * Epoch of the topology that the query was planned with. All shards must answer from the same one, otherwise a partition
   * that moves would be counted twice or not at all.
   */
  epoch: number;
  /** W3C trace context of the request. */
  traceparent: string;
}

export interface ShardSearch extends Planned {
  kind: 'search';
  /** Analysed terms with their idf, each once, in the query's order. */
  terms: [term: string, weight: number][];
  /** avgdl of the statistics version that the root ranks with. */
  averageLength: number;
  operator: 'or' | 'and';
  /** Hits wanted from the top: from + size. */
  limit: number;
  /** Search only documents with this routing key, all of which are in this partition. */
  routing?: { key: string; partition: number };
}

export interface ShardSuggest extends Planned {
  kind: 'suggest';
  prefix: string;
  limit: number;
}

/** Documents of hits whose text did not fit into the first reply. */
export interface ShardFetch extends Planned {
  kind: 'fetch';
  ids: string[];
}

/** Why a replica cannot answer a batch. */
export const REJECTIONS = [
  'not-ready',
  'behind',
  'wrong-epoch',
  'wrong-shard',
  'busy',
  'unknown-version',
] as const;
export type Rejection = (typeof REJECTIONS)[number];

export interface ShardReply {
  v: number;
  /** Set when the replica rejected the whole batch: the root retries on another replica. */
  rejected?: Rejection;
  detail?: string;
  member: string;
  results: ShardResult[];
}

export interface ShardResult {
  kind: ShardQuery['kind'];
  /** Dropped at dequeue: its time was over. */
  expired?: true;
  queueMs: number;
  searchMs: number;
  /** search: documents that match. */
  total: number;
  /** search: live documents looked at. */
  searched: number;
  /** search: hits by rank; fetch: the ids found; suggest: empty. */
  ids: string[];
  scores: number[];
  /** Number of `ids`, from the first, whose documents follow in the lines below. */
  inlined: number;
  suggestions?: ShardSuggestion[];
}

export interface ShardSuggestion {
  id: string;
  text: string;
  /** 0 if the prefix begins the title, 1 if it begins a later word. */
  place: 0 | 1;
}

/** Requests a reply from one replica once its copy of a partition has reached an INTAKE sequence. */
export interface AppliedRequest {
  v: number;
  partition: number;
  intake: number;
  /** That write is known to be in the log: another replica holds it. */
  inLog: boolean;
  waitMs: number;
}

export interface AppliedReply {
  v: number;
  applied: boolean;
  /**
   * It is not here yet, but this replica does not answer searches and will not before it is. Only for what is in the log: it will come,
   * however often the replica starts over, so the promise needs no end in time.
   */
  committed?: true;
  /** Partition from which the write removed the document; its replicas must have applied the write, too. */
  movedFrom?: number;
}
