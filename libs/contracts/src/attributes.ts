/** Attributes of spans. docs/telemetry.md says what each means. */
export const ATTRIBUTE = {
  cache: 'shoal.cache',
  degraded: 'shoal.coverage.degraded',
  attempt: 'shoal.attempt',
  documents: 'shoal.documents',
  epoch: 'shoal.epoch',
  expired: 'shoal.expired',
  hedged: 'shoal.hedged',
  hits: 'shoal.hits',
  kind: 'shoal.kind',
  outcome: 'shoal.outcome',
  postingsRead: 'shoal.postings_read',
  queueMs: 'shoal.queue_ms',
  refused: 'shoal.refused',
  replica: 'shoal.replica',
  root: 'shoal.root',
  searched: 'shoal.documents.searched',
  shard: 'shoal.shard',
  shards: 'shoal.coverage.shards',
  shardsAnswered: 'shoal.coverage.shards_answered',
  shed: 'shoal.shed',
  statisticsVersion: 'shoal.statistics_version',
} as const;

/** Attributes of a span about a message on NATS: OpenTelemetry's semantic conventions for messaging, which are not stable yet. */
export function messagingAttributes(operation: 'send' | 'process' | 'receive', subject: string) {
  return {
    'messaging.system': 'nats',
    'messaging.operation.type': operation,
    'messaging.destination.name': subject,
  };
}
