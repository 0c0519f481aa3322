/** Body of `shoal.leadership.fenced`. */
export interface FencedWrite {
  v: number;
  /** Indexer whose late write the log rejected. */
  formerLeader: string;
  /** Fencing token of that write. */
  token: number;
  detail: string;
}

/** Value of the lease's key. */
export interface LeaseRecord {
  v: number;
  leader: string;
}
