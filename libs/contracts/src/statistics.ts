/** Number of messages that hold the table of document frequencies; a term is in number `farmhash(term) mod` this. */
export const STATISTICS_BUCKETS = 256;

/**
 * Leader → shard: requests the changes of these partitions since the last report. The reply is text: a line of
 * {@link PartitionStatistics} for each changed partition, as many as fit; the leader requests the rest later.
 */
export interface StatisticsRequest {
  v: number;
  /** Last DOCS sequence that the leader has counted (-1: none), and the fingerprint of its frequencies. */
  since: { partition: number; sequence: number; fingerprint?: number | undefined }[];
}

/** One partition's statistics, or what changed of them. */
export interface PartitionStatistics {
  v: number;
  partition: number;
  /** The DOCS sequence up to which these count. */
  sequence: number;
  /** True: these are all terms, forget what you had. False: only the terms that changed. */
  full: boolean;
  documents: number;
  totalLength: number;
  /** Document frequencies, 0 for a term that is gone. */
  frequencies: [term: string, documents: number][];
}

/** `statistics.bucket.N`: the whole bucket, `{term: document frequency}`. */
export interface StatisticsBucket {
  v: number;
  frequencies: Record<string, number>;
}

/** `statistics.version`: names the table that the buckets before it make up. */
export interface StatisticsVersion {
  v: number;
  version: number;
  /** Index = partition. */
  documents: number[];
  /** Index = partition: the DOCS sequence up to which it is counted. A replica that is behind it must not answer. */
  sequences: number[];
  totalLength: number;
}
