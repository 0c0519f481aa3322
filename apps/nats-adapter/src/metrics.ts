import type { Endpoint } from './answers.js';
import { leads, perConsumer, perStream, perUser, single, streamsOf, type Metric } from './metric.js';

const ENDPOINTS: Endpoint[] = ['varz', 'jsz', 'connz', 'healthz'];

/** The table of all metrics; docs/telemetry.md says what each tells. */
export const METRICS: Metric[] = [
  {
    name: 'nats_up',
    help: 'Whether nats-server answers on its monitoring port',
    type: 'gauge',
    labels: [],
    samples: ({ varz }) => [{ value: Number(varz !== undefined) }],
  },
  {
    name: 'nats_endpoint_up',
    help: 'Whether an endpoint of the monitoring port answers as this adapter knows it',
    type: 'gauge',
    labels: ['endpoint'],
    samples: (answers) =>
      ENDPOINTS.map((endpoint) => ({ endpoint, value: Number(answers[endpoint] !== undefined) })),
  },
  {
    name: 'nats_healthy',
    help: 'Whether JetStream is up and its streams are level with their leaders',
    type: 'gauge',
    labels: [],
    samples: ({ healthz }) => [{ value: Number(healthz?.status === 'ok') }],
  },
  {
    name: 'nats_server_info',
    help: 'Name and version of the server',
    type: 'gauge',
    labels: ['server', 'version'],
    samples: ({ varz }) => (varz ? [{ server: varz.server_name, version: varz.version, value: 1 }] : []),
  },
  single(
    'gauge',
    'nats_start_time_seconds',
    'When the server was started, Unix time',
    'varz',
    ({ start }) => Date.parse(start) / 1000,
  ),
  single('gauge', 'nats_memory_bytes', 'Resident memory', 'varz', ({ mem }) => mem),
  single('gauge', 'nats_cpu_cores', 'CPU in use, in cores', 'varz', ({ cpu }) => cpu / 100),
  single(
    'counter',
    'nats_connections_opened_total',
    'Client connections ever taken',
    'varz',
    (varz) => varz.total_connections,
  ),
  single(
    'gauge',
    'nats_routes',
    'Connections to other servers of the cluster',
    'varz',
    ({ routes }) => routes,
  ),
  single('gauge', 'nats_subscriptions', 'Subscriptions', 'varz', ({ subscriptions }) => subscriptions),
  single(
    'counter',
    'nats_slow_consumers_total',
    'Connections closed because they read too slowly',
    'varz',
    (varz) => varz.slow_consumers,
  ),
  single(
    'counter',
    'nats_received_messages_total',
    'Messages that came in',
    'varz',
    ({ in_msgs }) => in_msgs,
  ),
  single(
    'counter',
    'nats_received_bytes_total',
    'Bytes of messages that came in',
    'varz',
    ({ in_bytes }) => in_bytes,
  ),
  single('counter', 'nats_sent_messages_total', 'Messages that went out', 'varz', ({ out_msgs }) => out_msgs),
  single(
    'counter',
    'nats_sent_bytes_total',
    'Bytes of messages that went out',
    'varz',
    ({ out_bytes }) => out_bytes,
  ),
  perUser('nats_connections', 'Client connections', () => 1),
  perUser(
    'nats_connection_pending_bytes',
    'Bytes that clients have not read yet',
    (one) => one.pending_bytes,
  ),
  single('gauge', 'nats_jetstream_storage_bytes', 'Disk that streams use', 'jsz', ({ storage }) => storage),
  single(
    'gauge',
    'nats_jetstream_storage_limit_bytes',
    'Disk that streams may use',
    'jsz',
    ({ config }) => config.max_storage,
  ),
  single('gauge', 'nats_jetstream_memory_bytes', 'Memory that streams use', 'jsz', ({ memory }) => memory),
  single(
    'gauge',
    'nats_jetstream_memory_limit_bytes',
    'Memory that streams may use',
    'jsz',
    ({ config }) => config.max_memory,
  ),
  single(
    'counter',
    'nats_jetstream_api_requests_total',
    'Requests to the JetStream API',
    'jsz',
    ({ api }) => api.total,
  ),
  single(
    'counter',
    'nats_jetstream_api_errors_total',
    'Requests to the JetStream API that failed',
    'jsz',
    ({ api }) => api.errors,
  ),
  {
    name: 'nats_jetstream_meta_leader',
    help: 'Whether this server leads the cluster: it places streams and consumers',
    type: 'gauge',
    labels: [],
    samples: ({ jsz, varz }) =>
      jsz && varz
        ? [{ value: Number(!jsz.meta_cluster || jsz.meta_cluster.leader === varz.server_name) }]
        : [],
  },
  perStream(
    'gauge',
    'nats_stream_messages',
    'Messages in this copy of the stream',
    ({ state }) => state.messages,
  ),
  perStream('gauge', 'nats_stream_bytes', 'Bytes of this copy of the stream', ({ state }) => state.bytes),
  perStream(
    'gauge',
    'nats_stream_last_sequence',
    'Sequence of the last message in this copy',
    ({ state }) => state.last_seq,
  ),
  {
    name: 'nats_stream_leader',
    help: 'Whether this server leads the stream',
    type: 'gauge',
    labels: ['stream'],
    samples: (answers) =>
      streamsOf(answers).map((stream) => ({ stream: stream.name, value: Number(leads(answers, stream)) })),
  },
  {
    name: 'nats_stream_copies_behind',
    help: 'Copies that are not level with the leader or not there; only the leader of the stream says so',
    type: 'gauge',
    labels: ['stream'],
    samples: (answers) =>
      streamsOf(answers)
        .filter((stream) => leads(answers, stream))
        .map(({ name, cluster }) => ({
          stream: name,
          value: cluster?.replicas.filter(isBehind).length ?? 0,
        })),
  },
  perConsumer('nats_stream_consumers', 'Readers of a stream', () => 1),
  perConsumer(
    'nats_consumer_pending_messages',
    'Messages that readers have not been sent yet',
    (one) => one.num_pending,
  ),
  perConsumer(
    'nats_consumer_unacknowledged_messages',
    'Messages that readers were sent and have not acknowledged',
    (one) => one.num_ack_pending,
  ),
  perConsumer(
    'nats_consumer_redelivered_messages',
    'Messages sent more than once and not acknowledged',
    (one) => one.num_redelivered,
  ),
];

const isBehind = ({ current, offline }: { current: boolean; offline: boolean }) => offline || !current;
