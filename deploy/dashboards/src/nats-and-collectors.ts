import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard } from './dashboard.js';
import { graph } from './panels.js';
import { lately, orNone, perSecond, quantile } from './promql.js';

const SERVER = '{{service_instance_id}}';

/** What a collector has counted of something that it may never have met; 0 while it is up. */
const everMet = (counter: string): string =>
  orNone(lately(counter, 'job'), 'sum by (job) (otelcol_process_uptime)');

export const natsAndCollectors = dashboard({
  uid: 'shoal-nats-and-collectors',
  title: 'Shoal: NATS and collectors',
  description:
    'Is the broker well that carries everything, and are the collectors that carry what is seen of it?',
  rows: {
    NATS: [
      graph({
        title: 'Are the servers up, and level with each other?',
        description:
          '`up` 0: the server is down or hangs. `healthy` 0: JetStream is not up, or its streams are behind their leaders. With three servers one may be missing.',
        unit: units.Short,
        queries: { [`up: ${SERVER}`]: 'nats_up', [`healthy: ${SERVER}`]: 'nats_healthy' },
      }),
      graph({
        title: 'How many messages go through NATS?',
        description: 'In and out, of all servers. Out is more than in, as one message may have many readers.',
        unit: units.MessagesPerSecond,
        queries: {
          in: perSecond('nats_received_messages_total'),
          out: perSecond('nats_sent_messages_total'),
        },
      }),
      graph({
        title: 'Who is connected?',
        description:
          'Processes of each role. Fewer than run: some have lost NATS; the overview has who. The opened ones (last ten minutes) rise when they come and go.',
        unit: units.Short,
        queries: {
          '{{user}}': 'sum by (user) (nats_connections)',
          opened: lately('nats_connections_opened_total'),
        },
      }),
      graph({
        title: 'Who reads too slowly?',
        description:
          'Bytes that wait for the processes of a role. When it rises, the server cuts the connection off: that role is too busy (event loop, CPU).',
        unit: units.BytesIEC,
        queries: { '{{user}}': 'sum by (user) (nats_connection_pending_bytes)' },
      }),
      graph({
        title: 'What did NATS reject or cut off?',
        description:
          'In the last ten minutes: slow readers that were cut off, and what processes were told that they may not do. The second is a wrong password file or release; its log says which subject.',
        unit: units.Short,
        queries: {
          'cut off': lately('nats_slow_consumers_total'),
          'rejected: {{service_name}}': lately('shoal_nats_errors_total', 'service_name'),
        },
      }),
      graph({
        title: 'How much CPU does NATS take?',
        description: 'In cores. All messages go through it: near the cores of its machine, all is slow.',
        unit: units.Short,
        queries: { [SERVER]: 'nats_cpu_cores' },
      }),
    ],
    Streams: [
      graph({
        title: 'How full is the disk that streams may use?',
        description: 'Above 80 %: give it more. Full: writes are rejected.',
        unit: units.PercentUnit,
        queries: { [SERVER]: 'nats_jetstream_storage_bytes / nats_jetstream_storage_limit_bytes' },
      }),
      graph({
        title: 'How large are the streams?',
        description:
          'DOCS grows with the documents. INTAKE should be near 0: it grows while nobody owns. Any other that grows is a fault.',
        unit: units.BytesIEC,
        queries: { '{{stream}}': 'max by (stream) (nats_stream_bytes)' },
      }),
      graph({
        title: 'Does each stream have a leader?',
        description:
          '0 is an election: a moment is well. Longer: too few servers are left, and nothing is written.',
        unit: units.Short,
        queries: { '{{stream}}': 'sum by (stream) (nats_stream_leader)' },
      }),
      graph({
        title: 'Which copies are behind?',
        description:
          'Copies that the leader of a stream still waits for. Not 0: one more server lost now may cost what they do not have.',
        unit: units.Short,
        queries: { '{{stream}}': 'sum by (stream) (nats_stream_copies_behind)' },
      }),
      graph({
        title: 'How far are readers behind?',
        description:
          'Messages that wait for the readers of a stream. While a replica replays, DOCS has some; otherwise see "indexing" for which replica it is.',
        unit: units.Short,
        queries: { '{{stream}}': 'sum by (stream) (nats_consumer_pending_messages)' },
      }),
      graph({
        title: 'What does the owner have in its hands?',
        description:
          'Writes of INTAKE that were given to the indexer and are not in DOCS yet, and those given once more. The second rises: owners change, or one is too slow.',
        unit: units.Short,
        queries: {
          'in hand': 'sum(nats_consumer_unacknowledged_messages{stream="INTAKE"})',
          'once more': 'sum(nats_consumer_redelivered_messages{stream="INTAKE"})',
        },
      }),
    ],
    Collectors: [
      graph({
        title: 'How many spans come, and how many go on?',
        description:
          'The gateway chooses, so fewer go on to Jaeger. Nothing goes on while something comes: the next part is down; the queue holds it.',
        unit: units.EventsPerSecond,
        queries: {
          'taken: {{job}}': perSecond('otelcol_receiver_accepted_spans', 'job'),
          'sent: {{job}}': perSecond('otelcol_exporter_sent_spans', 'job'),
        },
      }),
      graph({
        title: 'How full are the queues on disk?',
        description:
          'Near 0 is well. It grows: the next part is down or hangs (the gateway after a sidecar, Jaeger after the gateway). Full: what is new is lost.',
        unit: units.PercentUnit,
        queries: {
          '{{job}}: {{data_type}}':
            'sum by (job, data_type) (otelcol_exporter_queue_size) / sum by (job, data_type) (otelcol_exporter_queue_capacity)',
        },
      }),
      graph({
        title: 'What was rejected or lost?',
        description:
          'Spans in the last ten minutes. Rejected: the memory limiter, the sender tries again. Lost: the queue was full. Start the part that is missing; services do not notice.',
        unit: units.Short,
        queries: {
          'rejected: {{job}}': lately('otelcol_receiver_refused_spans', 'job'),
          'lost: {{job}}': everMet('otelcol_exporter_enqueue_failed_spans'),
        },
      }),
      graph({
        title: 'How many traces are kept?',
        description:
          'What the gateway judged. Errors, degraded, shed and slow ones are always kept; of the rest up to 500 spans a second.',
        unit: units.EventsPerSecond,
        queries: {
          'sampled: {{sampled}}': perSecond(
            'otelcol_processor_tail_sampling_global_count_traces_sampled',
            'sampled',
          ),
        },
      }),
      graph({
        title: 'How much memory do the collectors take?',
        description: 'Their limiters reject before it is too much: see what was rejected.',
        unit: units.BytesIEC,
        queries: { '{{job}}': 'otelcol_process_memory_rss' },
      }),
      graph({
        title: 'Which spans are slow?',
        description:
          'p99 of each kind of span, of those that processes chose to send: not of all requests. The points are traces.',
        unit: units.Seconds,
        queries: {
          '{{service_name}}: {{span_name}}': quantile(
            0.99,
            'traces_span_metrics_duration_seconds',
            'service_name, span_name',
          ),
        },
      }),
    ],
  },
});
