import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, graph, lately, ofReady, perSecond, quantile, withShard } from './dashboard.js';

const REPLICA = 'shard {{shard}}: {{service_instance_id}}';
const HTTP = 'http_server_request_duration_seconds';

// Only ready replicas: the lag of a replay is the age of the documents.
const lagOfReady =
  'max(shoal_shard_lag_seconds and on (service_instance_id) shoal_shard_assignment_info{state="ready"})';

export const indexing = dashboard({
  uid: 'shoal-indexing',
  title: 'Shoal: indexing',
  description: 'How long is it from a write until it is searchable, and what delays it?',
  rows: {
    Delay: [
      graph({
        title: 'How long until a write is searchable?',
        description:
          'Upper bound: the age of the oldest write in INTAKE plus the lag of the slowest ready replica. Some tenths of a second are normal. The two parts show whether to check the indexers or that replica.',
        unit: units.Seconds,
        queries: {
          together: `max(shoal_intake_oldest_age_seconds) + ${lagOfReady}`,
          'waits in INTAKE': 'max(shoal_intake_oldest_age_seconds)',
          'slowest ready replica': lagOfReady,
        },
      }),
      graph({
        title: 'How long do clients wait for a write?',
        description:
          'p99 of writes by route. With `?wait=searchable` clients wait for the whole delay. Otherwise only for INTAKE: when that rises, NATS or its disk is slow.',
        unit: units.Seconds,
        queries: {
          '{{http_request_method}} {{http_route}}': quantile(
            0.99,
            `${HTTP}{http_request_method=~"PUT|POST|DELETE", http_route=~"/api/documents.*"}`,
            'http_request_method, http_route',
          ),
        },
      }),
    ],
    Writes: [
      graph({
        title: 'How much is written?',
        description:
          'Writes that frontends stored in INTAKE, and records that the leader wrote to DOCS. When the second stays below the first, a backlog grows: check the leader (dashboard "leadership") and the batch time.',
        unit: units.WritesPerSecond,
        queries: {
          'accepted: {{operation}}': perSecond('shoal_intake_accepted_total', 'operation'),
          sequenced: perSecond('shoal_indexer_sequenced_total'),
        },
      }),
      graph({
        title: 'How long does a batch take?',
        description:
          'Time to commit a batch of records to DOCS. When it rises: a slow disk of NATS, or stream copies that are behind (dashboard "NATS and collectors").',
        unit: units.Seconds,
        queries: {
          p50: quantile(0.5, 'shoal_indexer_commit_duration_seconds'),
          p99: quantile(0.99, 'shoal_indexer_commit_duration_seconds'),
        },
      }),
      graph({
        title: 'How many documents are searchable?',
        description:
          'Live documents of all shards on ready replicas. When it falls without deletions, a shard has no ready replica.',
        unit: units.Short,
        queries: { documents: `sum(max by (shard) (${ofReady('shoal_shard_documents')}))` },
      }),
    ],
    INTAKE: [
      graph({
        title: 'How large is the INTAKE backlog?',
        description:
          'Writes, or parts of uploads. It should return to near 0. It grows: no indexer leads, or the leader cannot keep up.',
        unit: units.Short,
        queries: { messages: 'max(shoal_intake_messages)' },
      }),
      graph({
        title: 'How full is INTAKE?',
        description:
          'Share of the size at which writes are rejected with 503. Above 80 %: slow down the clients.',
        unit: units.PercentUnit,
        queries: { full: 'max(shoal_intake_bytes / shoal_intake_limit_bytes)' },
      }),
      graph({
        title: 'Does the leader stop at a write that it cannot decode?',
        description:
          'In the last ten minutes. Above 0: a write of another release. All later writes wait until an indexer of that release leads (docs/versions.md).',
        unit: units.Short,
        queries: {
          '{{service_instance_id}}': lately('shoal_indexer_intake_unreadable_total', 'service_instance_id'),
        },
      }),
    ],
    Replicas: [
      graph({
        title: 'How many records is each replica behind?',
        description:
          'Of its own partitions. Falls during the replay after a start. Growth at one replica: a busy process. At all: more writes than the shards can index.',
        unit: units.Short,
        queries: { [REPLICA]: withShard('shoal_shard_lag_records') },
      }),
      graph({
        title: 'How old are the records that each replica indexes?',
        description:
          '0 when caught up. Above 1 s at a ready replica: its results are stale. During a replay it is the age of the documents.',
        unit: units.Seconds,
        queries: { [REPLICA]: withShard('shoal_shard_lag_seconds') },
      }),
      graph({
        title: 'Where in DOCS is each replica?',
        description:
          'The last indexed sequence, and the end of the log. The curves rise together; records of other shards show as steps. A flat curve while the log grows: the replica hangs, see its log.',
        unit: units.NoUnit,
        queries: {
          'end of DOCS': 'max(shoal_docs_last_sequence)',
          [REPLICA]: withShard('shoal_shard_applied_sequence'),
        },
      }),
    ],
  },
});
