/** Every NATS subject, stream and bucket that Shoal uses. Nothing else may invent one. */

/** One subject per root: the frontend chooses, so that it can go to another root when one is gone or hangs. */
export const rootSubject = {
  query: (root: string) => `shoal.root.${root}.query`,
};

/** One subject per replica, so that the root (not the broker) chooses which one answers. */
export const shardSubject = {
  query: (member: string) => `shoal.shard.${member}.query`,
  applied: (member: string) => `shoal.shard.${member}.applied`,
  statistics: (member: string) => `shoal.shard.${member}.statistics`,
};

/**
 * Invalidates the cached results of all frontends. The leader publishes it after each commit to DOCS, and a frontend before
 * it confirms that a write is searchable. Body: `Invalidation`.
 */
export const INVALIDATION_SUBJECT = 'shoal.documents.invalidated';

/** A late write of a former leader was fenced off, for example of an indexer that was paused. Body: `FencedWrite`. */
export const FENCED_SUBJECT = 'shoal.leadership.fenced';

/** Work queue of writes that were accepted but are not yet sequenced. */
export const INTAKE_STREAM = 'INTAKE';
export const intakeSubject = {
  /** One document; its own subject, so that a read finds a write still waiting here. */
  one: (key: string) => `intake.one.${key}`,
  /** Many documents in one message. */
  many: 'intake.many',
  all: 'intake.>',
};

/** The log: the last version of each document, tombstones included. */
export const DOCS_STREAM = 'DOCS';
export const docsSubject = {
  document: (partition: number, key: string) => `docs.${partition}.${key}`,
  partition: (partition: number) => `docs.${partition}.*`,
  anyPartition: (key: string) => `docs.*.${key}`,
  fence: 'docs.fence',
  all: 'docs.>',
};

/** The term statistics that the roots hold, in buckets of terms, published by the leader. */
export const STATISTICS_STREAM = 'STATISTICS';
export const statisticsSubject = {
  bucket: (bucket: number) => `statistics.bucket.${bucket}`,
  version: 'statistics.version',
  fence: 'statistics.fence',
  all: 'statistics.>',
};

/** KV buckets. LEASE, MEMBERS and ROOTS expire keys that are not renewed. */
export const LEASE_BUCKET = 'LEASE';
export const LEASE_KEY = 'indexer';
export const MEMBERS_BUCKET = 'MEMBERS';
export const ROOTS_BUCKET = 'ROOTS';
export const CLUSTER_BUCKET = 'CLUSTER';
export const TOPOLOGY_KEY = 'topology';
/** One key for each fault that is on. */
export const FAULTS_BUCKET = 'FAULTS';

/** Valid names of members: NATS subject tokens that are also file names and host names. */
export const MEMBER_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;
