/** Header of a write in INTAKE, and of a document in DOCS: the W3C trace context it comes from, if it is sampled. */
export const TRACE_HEADER = 'traceparent';

/** Attributes of spans. docs/telemetry.md says what each means. */
export const ATTRIBUTE = {
  aborted: 'shoal.aborted',
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
  shed: 'shoal.shed',
  statisticsVersion: 'shoal.statistics_version',
  writes: 'shoal.writes',
} as const;

/** How many queries or writes came in the same message or commit, by the semantic conventions for messaging. */
export const MESSAGE_COUNT = 'messaging.batch.message_count';

/** Attributes of a span about a message on NATS: OpenTelemetry's semantic conventions for messaging, which are not stable yet. */
export function messagingAttributes(operation: 'send' | 'process' | 'receive', subject: string) {
  return {
    'messaging.system': 'nats',
    'messaging.operation.type': operation,
    'messaging.destination.name': subject,
  };
}
