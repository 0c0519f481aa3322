import {
  INVALIDATION_SUBJECT,
  CLUSTER_BUCKET,
  DOCS_STREAM,
  docsSubject,
  FAULTS_BUCKET,
  INTAKE_STREAM,
  intakeSubject,
  LEASE_BUCKET,
  MEMBERS_BUCKET,
  FENCED_SUBJECT,
  ROOTS_BUCKET,
  rootSubject,
  shardSubject,
  STATISTICS_STREAM,
  statisticsSubject,
} from './subjects.js';

/** Each kind of process is one NATS user. */
export const NATS_ROLES = ['frontend', 'root', 'shard', 'indexer'] as const;
export type NatsRole = (typeof NATS_ROLES)[number];

/** Subjects that a user may publish and subscribe to; the server rejects all others. */
export interface Permissions {
  publish: string[];
  subscribe: string[];
}

/** Replies arrive in inboxes of the role, so that one role cannot read the replies of another. */
export const inboxPrefix = (role: NatsRole) => `_INBOX_${role}`;
const inboxes = (role: NatsRole) => `${inboxPrefix(role)}.>`;

const kv = (bucket: string) => `KV_${bucket}`;
const keysOf = (bucket: string) => `$KV.${bucket}.*`;
const streamInfo = (stream: string) => `$JS.API.STREAM.INFO.${stream}`;
/** Read a stream by a consumer, which leaves the stream as it is. */
const follow = (stream: string) => [
  streamInfo(stream),
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.CREATE.${stream}.>`,
  `$JS.API.CONSUMER.INFO.${stream}.*`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
];
const watch = (bucket: string) => [...follow(kv(bucket)), `$JS.API.CONSUMER.DELETE.${kv(bucket)}.*`];
const write = (bucket: string) => [streamInfo(kv(bucket)), keysOf(bucket)];
/** Heartbeats are received directly as they are sent. */
const beatsIn = (bucket: string) => `$KV.${bucket}.>`;
const lookUp = (stream: string) => `$JS.API.STREAM.MSG.GET.${stream}`;
/** Reads a stream to the end that its leader reports. */
const tail = (stream: string) => [...follow(stream), lookUp(stream)];
const make = (stream: string) => [`$JS.API.STREAM.CREATE.${stream}`, `$JS.API.STREAM.UPDATE.${stream}`];

const BUCKETS = [LEASE_BUCKET, MEMBERS_BUCKET, ROOTS_BUCKET, CLUSTER_BUCKET, FAULTS_BUCKET];
const STREAMS = [INTAKE_STREAM, DOCS_STREAM, STATISTICS_STREAM];

/** Permissions of each role on NATS. No role may delete or purge a stream; only indexers create and write the log. */
export const PERMISSIONS: Record<NatsRole, Permissions> = {
  frontend: {
    publish: [
      intakeSubject.all,
      rootSubject.query('*'),
      shardSubject.applied('*'),
      INVALIDATION_SUBJECT,
      lookUp(INTAKE_STREAM),
      lookUp(DOCS_STREAM),
      ...tail(STATISTICS_STREAM),
      ...watch(MEMBERS_BUCKET),
      ...watch(ROOTS_BUCKET),
      ...watch(CLUSTER_BUCKET),
      lookUp(kv(CLUSTER_BUCKET)),
      ...watch(LEASE_BUCKET),
      ...watch(FAULTS_BUCKET),
      keysOf(FAULTS_BUCKET),
    ],
    subscribe: [
      inboxes('frontend'),
      INVALIDATION_SUBJECT,
      FENCED_SUBJECT,
      beatsIn(MEMBERS_BUCKET),
      beatsIn(ROOTS_BUCKET),
    ],
  },
  root: {
    publish: [
      inboxes('frontend'),
      shardSubject.query('*'),
      ...tail(STATISTICS_STREAM),
      ...watch(MEMBERS_BUCKET),
      ...watch(CLUSTER_BUCKET),
      ...watch(FAULTS_BUCKET),
      ...write(ROOTS_BUCKET),
    ],
    subscribe: [inboxes('root'), rootSubject.query('*'), beatsIn(MEMBERS_BUCKET)],
  },
  shard: {
    publish: [
      inboxes('root'),
      inboxes('frontend'),
      inboxes('indexer'),
      ...tail(DOCS_STREAM),
      ...watch(CLUSTER_BUCKET),
      ...watch(FAULTS_BUCKET),
      ...write(MEMBERS_BUCKET),
    ],
    subscribe: [
      inboxes('shard'),
      shardSubject.query('*'),
      shardSubject.applied('*'),
      shardSubject.statistics('*'),
    ],
  },
  indexer: {
    publish: [
      docsSubject.all,
      statisticsSubject.all,
      shardSubject.statistics('*'),
      INVALIDATION_SUBJECT,
      FENCED_SUBJECT,
      ...[...STREAMS, ...BUCKETS.map(kv)].flatMap(make),
      ...STREAMS.flatMap((stream) => [streamInfo(stream), lookUp(stream)]),
      ...follow(INTAKE_STREAM),
      `$JS.API.CONSUMER.DURABLE.CREATE.${INTAKE_STREAM}.*`,
      `$JS.API.CONSUMER.LIST.${INTAKE_STREAM}`,
      `$JS.API.CONSUMER.DELETE.${INTAKE_STREAM}.*`,
      `$JS.ACK.${INTAKE_STREAM}.>`,
      ...watch(MEMBERS_BUCKET),
      ...watch(CLUSTER_BUCKET),
      ...watch(FAULTS_BUCKET),
      ...write(CLUSTER_BUCKET),
      ...write(LEASE_BUCKET),
      lookUp(kv(LEASE_BUCKET)),
    ],
    subscribe: [inboxes('indexer'), beatsIn(MEMBERS_BUCKET)],
  },
};
