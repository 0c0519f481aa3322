import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.js';
import { graph } from './panels.js';
import { lately, ofReady, perSecond, quantile, withShard } from './promql.js';

const REPLICA = 'shard {{shard}}: {{service_instance_id}}';
const HTTP = 'http_server_request_duration_seconds';

// Only replicas that answer: one that replays is as far behind as the documents are old.
const lagOfReady =
  'max(shoal_shard_lag_seconds and on (service_instance_id) shoal_shard_place_info{state="ready"})';

export const indexing = dashboard({
  uid: 'shoal-indexing',
  title: 'Shoal: indexing',
  description: 'How long is it from a write until it can be found, and what holds it up?',
  rows: {
    Delay: [
      graph({
        title: 'How long until a write can be found?',
        description:
          'At most: how long the oldest write waits in INTAKE, and how far the slowest ready replica is behind. Some tenths of a second are well. The two parts say whether to look at the indexers or at that replica.',
        unit: units.Seconds,
        queries: {
          together: `max(shoal_intake_oldest_age_seconds) + ${lagOfReady}`,
          'waits in INTAKE': 'max(shoal_intake_oldest_age_seconds)',
          'slowest ready replica': lagOfReady,
        },
      }),
      graph({
        title: 'How long do writers wait for their answer?',
        description:
          'p99 of writes by their route. With `?wait=searchable` they wait for the whole delay. Otherwise only for INTAKE: when that rises, NATS is slow (its disk).',
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
          'What frontends have stored in INTAKE, and what the owner has written to DOCS. The second follows the first; if not, writes pile up: who owns (dashboard "ownership"), and how long do batches take?',
        unit: units.WritesPerSecond,
        queries: {
          'accepted: {{operation}}': perSecond('shoal_intake_accepted_total', 'operation'),
          sequenced: perSecond('shoal_indexer_sequenced_total'),
        },
      }),
      graph({
        title: 'How long does a batch take?',
        description:
          'Time until a batch of records was in DOCS. When it rises: the disk of NATS, or copies of the stream that are behind (dashboard "NATS and collectors").',
        unit: units.Seconds,
        queries: {
          p50: quantile(0.5, 'shoal_indexer_commit_duration_seconds'),
          p99: quantile(0.99, 'shoal_indexer_commit_duration_seconds'),
        },
      }),
      graph({
        title: 'How many documents can be found?',
        description:
          'Live documents of all shards, at replicas that are ready. It falls and nothing was deleted: a shard has no such replica.',
        unit: units.Short,
        queries: { documents: `sum(max by (shard) (${ofReady('shoal_shard_documents')}))` },
      }),
    ],
    INTAKE: [
      graph({
        title: 'How much waits in INTAKE?',
        description:
          'Writes, or parts of uploads. It should come back to near 0. It grows: nobody owns, or the owner cannot keep up.',
        unit: units.Short,
        queries: { messages: 'max(shoal_intake_messages)' },
      }),
      graph({
        title: 'How full is INTAKE?',
        description:
          'Of the size from which on writes are refused with 503. Above 80 %: slow down the writers.',
        unit: units.PercentUnit,
        queries: { full: 'max(shoal_intake_bytes / shoal_intake_limit_bytes)' },
      }),
      graph({
        title: 'Does the owner stop at a write that it cannot read?',
        description:
          'In the last ten minutes. Not 0: the write of another release; all writes wait behind it until an indexer of that release runs (docs/versions.md).',
        unit: units.Short,
        queries: {
          '{{service_instance_id}}': lately('shoal_indexer_intake_rejected_total', 'service_instance_id'),
        },
      }),
    ],
    Replicas: [
      graph({
        title: 'How many records is each replica behind?',
        description:
          'Of its own partitions. After a start it replays and this falls. It grows at one: that process is too busy; at all: more is written than shards can index.',
        unit: units.Short,
        queries: { [REPLICA]: withShard('shoal_shard_lag_records') },
      }),
      graph({
        title: 'How old is what each replica indexes?',
        description:
          'While there are later records, else 0. Above 1 s at a replica that is ready: its answers are old. During a replay it is the age of the documents.',
        unit: units.Seconds,
        queries: { [REPLICA]: withShard('shoal_shard_lag_seconds') },
      }),
      graph({
        title: 'Where in DOCS is each replica?',
        description:
          'The last sequence indexed, and where the log ends. The curves rise together; the records of other shards are steps. One that stands still while the log grows, and has documents to index, hangs: its log.',
        unit: units.NoUnit,
        queries: {
          'end of DOCS': 'max(shoal_docs_last_sequence)',
          [REPLICA]: withShard('shoal_shard_applied_sequence'),
        },
      }),
    ],
  },
});
