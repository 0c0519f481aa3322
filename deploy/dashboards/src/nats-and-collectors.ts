import * as units from '@grafana/grafana-foundation-sdk/units';
import { dashboard, graph, lately, orNone, perSecond, quantile } from './dashboard.js';

const SERVER = '{{service_instance_id}}';

/** Increase of a counter that a collector creates at its first event: 0 before that. */
const orZeroWhileUp = (counter: string): string =>
  orNone(lately(counter, 'job'), 'sum by (job) (otelcol_process_uptime)');

export const natsAndCollectors = dashboard({
  uid: 'shoal-nats-and-collectors',
  title: 'Shoal: NATS and collectors',
  description: 'Are NATS and the collectors healthy?',
  rows: {
    NATS: [
      graph({
        title: 'Are the servers up and caught up?',
        description:
          '`up` 0: the server is down or hangs. `healthy` 0: JetStream is not up, or its streams are behind their leaders. One of three servers may be missing.',
        unit: units.Short,
        queries: { [`up: ${SERVER}`]: 'nats_up', [`healthy: ${SERVER}`]: 'nats_healthy' },
      }),
      graph({
        title: 'How many messages go through NATS?',
        description:
          'Received and sent by all servers. More are sent, because a message may have many subscribers.',
        unit: units.MessagesPerSecond,
        queries: {
          in: perSecond('nats_received_messages_total'),
          out: perSecond('nats_sent_messages_total'),
        },
      }),
      graph({
        title: 'Which roles are connected?',
        description:
          'Processes of each role. Fewer than run: some have lost NATS; the overview shows which. `opened` (last ten minutes) rises when clients reconnect.',
        unit: units.Short,
        queries: {
          '{{user}}': 'sum by (user) (nats_connections)',
          opened: lately('nats_connections_opened_total'),
        },
      }),
      graph({
        title: 'Which roles read too slowly?',
        description:
          'Bytes waiting for the processes of a role. When it rises, NATS will close the connection: that role is too busy (event loop, CPU).',
        unit: units.BytesIEC,
        queries: { '{{user}}': 'sum by (user) (nats_connection_pending_bytes)' },
      }),
      graph({
        title: 'What did NATS reject or disconnect?',
        description:
          'In the last ten minutes: slow consumers that were disconnected, and permission errors. The latter mean a wrong password file or release; the process log names the subject.',
        unit: units.Short,
        queries: {
          disconnected: lately('nats_slow_consumers_total'),
          'rejected: {{service_name}}': lately('shoal_nats_errors_total', 'service_name'),
        },
      }),
      graph({
        title: 'How much CPU does NATS take?',
        description: 'In cores. All messages pass NATS: near the cores of its machine, everything is slow.',
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
          'DOCS grows with the documents. INTAKE should be near 0; it grows while no indexer leads. Growth of any other stream is a defect.',
        unit: units.BytesIEC,
        queries: { '{{stream}}': 'max by (stream) (nats_stream_bytes)' },
      }),
      graph({
        title: 'Does each stream have a leader?',
        description:
          '0 is an election, which takes a moment. Longer: too few servers are left, and writes fail.',
        unit: units.Short,
        queries: { '{{stream}}': 'sum by (stream) (nats_stream_leader)' },
      }),
      graph({
        title: 'Which copies are behind?',
        description:
          'Copies that are behind the leader of a stream. Above 0: losing one more server now may lose what they lack.',
        unit: units.Short,
        queries: { '{{stream}}': 'sum by (stream) (nats_stream_copies_behind)' },
      }),
      graph({
        title: 'How far are consumers behind?',
        description:
          'Messages pending for the consumers of a stream. DOCS has some during a replay; otherwise "indexing" shows which replica lags.',
        unit: units.Short,
        queries: { '{{stream}}': 'sum by (stream) (nats_consumer_pending_messages)' },
      }),
      graph({
        title: 'Which writes is the leader processing?',
        description:
          'Writes of INTAKE that were delivered to the leader and are not in DOCS yet, and redelivered ones. The second rises when leadership changes or the leader is too slow.',
        unit: units.Short,
        queries: {
          'in progress': 'sum(nats_consumer_unacknowledged_messages{stream="INTAKE"})',
          redelivered: 'sum(nats_consumer_redelivered_messages{stream="INTAKE"})',
        },
      }),
    ],
    Collectors: [
      graph({
        title: 'How many spans are received and sent?',
        description:
          'The gateway samples, so fewer go on to Jaeger. When nothing is sent while spans arrive, the next hop is down and the queue holds them.',
        unit: units.EventsPerSecond,
        queries: {
          'received: {{job}}': perSecond('otelcol_receiver_accepted_spans', 'job'),
          'sent: {{job}}': perSecond('otelcol_exporter_sent_spans', 'job'),
        },
      }),
      graph({
        title: 'How full are the queues on disk?',
        description:
          'Near 0 is normal. It grows: the next hop is down or hangs (the gateway for a sidecar, Jaeger for the gateway). Full: new data is lost.',
        unit: units.PercentUnit,
        queries: {
          '{{job}}: {{data_type}}':
            'sum by (job, data_type) (otelcol_exporter_queue_size) / sum by (job, data_type) (otelcol_exporter_queue_capacity)',
        },
      }),
      graph({
        title: 'Which spans were rejected or lost?',
        description:
          'In the last ten minutes. Rejected: by the memory limiter, and retried by the sender. Lost: the queue was full. Restart the missing hop; services are not affected.',
        unit: units.Short,
        queries: {
          'rejected: {{job}}': lately('otelcol_receiver_refused_spans', 'job'),
          'lost: {{job}}': orZeroWhileUp('otelcol_exporter_enqueue_failed_spans'),
        },
      }),
      graph({
        title: 'How many traces are retained?',
        description:
          'Decisions of the gateway. Failed, degraded, shed and slow traces are always retained; of the rest up to 500 spans a second.',
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
        description: 'Their memory limiters reject data before it is too much: see the rejected spans.',
        unit: units.BytesIEC,
        queries: { '{{job}}': 'otelcol_process_memory_rss' },
      }),
      graph({
        title: 'Which spans are slow?',
        description: 'p99 by kind of span, of sampled spans only. The points are traces.',
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
