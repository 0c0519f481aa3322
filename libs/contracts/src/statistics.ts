/** How many messages the table of document frequencies is spread over; a term lies in `farmhash(term) mod` this. */
export const STATISTICS_BUCKETS = 256;

/**
 * Leader → shard: "what changed in these partitions since I last asked?" The reply is text: a line of
 * {@link PartitionStatistics} for each partition that changed, as many as fit; the leader asks again for the rest.
 */
export interface StatisticsRequest {
  v: number;
  /** Up to which DOCS sequence the leader has counted (-1: nothing), and the fingerprint of the frequencies it has. */
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
