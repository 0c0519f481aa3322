/** Header of a write in INTAKE, and of a document in DOCS: the W3C trace context it comes from, if it is sampled. */
export const TRACE_HEADER = 'traceparent';

/** Attributes of spans; docs/telemetry.md describes each. */
export const ATTRIBUTE = {
  aborted: 'shoal.aborted',
  batchQueries: 'shoal.batch.queries',
  cache: 'shoal.cache',
  degraded: 'shoal.coverage.degraded',
  attempt: 'shoal.attempt',
  epoch: 'shoal.epoch',
  hedged: 'shoal.hedged',
  hits: 'shoal.hits',
  kind: 'shoal.kind',
  outcome: 'shoal.outcome',
  partition: 'shoal.partition',
  postingsRead: 'shoal.postings_read',
  queueMs: 'shoal.queue_ms',
  replica: 'shoal.replica',
  root: 'shoal.root',
  searched: 'shoal.documents.searched',
  sequence: 'shoal.sequence',
  shard: 'shoal.shard',
  shards: 'shoal.coverage.shards',
  shardsAnswered: 'shoal.coverage.shards_answered',
  shardsMissing: 'shoal.coverage.shards_missing',
  shed: 'shoal.shed',
  statisticsVersion: 'shoal.statistics_version',
  writes: 'shoal.writes',
} as const;

/** Number of messages in a batch, named by the semantic conventions for messaging. */
export const MESSAGE_COUNT = 'messaging.batch.message_count';

/** Operations on a message, in the words of NATS, with their operation type in the semantic conventions. */
const OPERATIONS = { publish: 'send', request: 'send', process: 'process' } as const;

/** Attributes of a span about a message on NATS: OpenTelemetry's semantic conventions for messaging, which are not stable yet. */
export function messagingAttributes(operation: keyof typeof OPERATIONS, subject: string) {
  return {
    'messaging.system': 'nats',
    'messaging.operation.name': operation,
    'messaging.operation.type': OPERATIONS[operation],
    'messaging.destination.name': subject,
  };
}
