import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { type Connection, type Consumer, Monitoring, type Responses, type Stream } from './monitoring.js';

/** A value with its labels. */
type Sample = { value: number } & Record<string, string | number>;

interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  labels: string[];
  /** Computes the samples. Samples with the same labels add up; without data from nats-server there are none. */
  samples(responses: Responses): Sample[];
}

/** All metrics; docs/telemetry.md explains them. */
export const METRICS: Metric[] = [
  always('nats_up', 'Whether nats-server responds on its monitoring port', ({ varz }) => varz !== undefined),
  always(
    'nats_healthy',
    'Whether JetStream runs and its streams are caught up with their leaders',
    ({ healthz }) => healthz?.status === 'ok',
  ),
  single('gauge', 'nats_memory_bytes', 'Resident memory', ({ varz }) => varz?.mem),
  single('gauge', 'nats_cpu_cores', 'CPU in use, in cores', ({ varz }) => varz && varz.cpu / 100),
  single(
    'counter',
    'nats_connections_opened_total',
    'Client connections opened',
    ({ varz }) => varz?.total_connections,
  ),
  single(
    'counter',
    'nats_slow_consumers_total',
    'Connections closed because the client read too slowly',
    ({ varz }) => varz?.slow_consumers,
  ),
  single('counter', 'nats_received_messages_total', 'Messages received', ({ varz }) => varz?.in_msgs),
  single('counter', 'nats_sent_messages_total', 'Messages sent', ({ varz }) => varz?.out_msgs),
  perUser('nats_connections', 'Client connections', () => 1),
  perUser('nats_connection_pending_bytes', 'Bytes waiting for clients to read', (one) => one.pending_bytes),
  single('gauge', 'nats_jetstream_storage_bytes', 'Disk used by streams', ({ jsz }) => jsz?.storage),
  single(
    'gauge',
    'nats_jetstream_storage_limit_bytes',
    'Disk that streams may use',
    ({ jsz }) => jsz?.config.max_storage,
  ),
  perStream('nats_stream_bytes', 'Bytes of this copy of the stream', ({ state }) => state.bytes),
  perStream('nats_stream_leader', 'Whether this server leads the stream', (stream, responses) =>
    Number(leads(responses, stream)),
  ),
  perStream(
    'nats_stream_copies_behind',
    'Copies that are offline or behind; reported by the leader of the stream only',
    (stream, responses) =>
      leads(responses, stream) ? (stream.cluster?.replicas.filter(isBehind).length ?? 0) : undefined,
  ),
  perConsumer(
    'nats_consumer_pending_messages',
    'Messages not yet delivered to consumers',
    (one) => one.num_pending,
  ),
  perConsumer(
    'nats_consumer_unacknowledged_messages',
    'Messages delivered and not acknowledged',
    (one) => one.num_ack_pending,
  ),
  perConsumer(
    'nats_consumer_redelivered_messages',
    'Messages delivered more than once and not acknowledged',
    (one) => one.num_redelivered,
  ),
];

/** Exposes {@link METRICS}. Each scrape reads nats-server, so no value outlives its source. */
@Injectable()
export class NatsMetrics {
  private reading: Promise<Responses> | null = null;

  constructor(
    private readonly monitoring: Monitoring,
    registry: Registry,
  ) {
    for (const { name, help, type, labels, samples } of METRICS) {
      const collect = async () => {
        const responses = await this.read();
        metric.reset();
        // reset() sets a metric without labels to 0, which would be a false sample.
        if (labels.length === 0) metric.remove();
        for (const { value, ...labels } of samples(responses)) metric.inc(labels, value);
      };
      const options = { name, help, labelNames: labels, registers: [registry], collect };
      const metric: Counter | Gauge = type === 'counter' ? new Counter(options) : new Gauge(options);
    }
  }

  /** Shares one read among all metrics of a scrape. */
  private read(): Promise<Responses> {
    this.reading ??= this.monitoring.readAll().finally(() => (this.reading = null));
    return this.reading;
  }
}

/** A flag that has a sample even while nats-server is down. */
function always(name: string, help: string, isSet: (responses: Responses) => boolean): Metric {
  const samples = (responses: Responses) => [{ value: Number(isSet(responses)) }];
  return { name, help, type: 'gauge', labels: [], samples };
}

/** One number of the server. */
function single(
  type: Metric['type'],
  name: string,
  help: string,
  valueOf: (responses: Responses) => number | undefined,
): Metric {
  const samples = (responses: Responses) => {
    const value = valueOf(responses);
    return value === undefined ? [] : [{ value }];
  };
  return { name, help, type, labels: [], samples };
}

/** One number for each NATS user. */
function perUser(name: string, help: string, valueOf: (connection: Connection) => number): Metric {
  const samples = ({ connz }: Responses) =>
    (connz?.connections ?? []).map((one) => ({ user: one.authorized_user ?? 'none', value: valueOf(one) }));
  return { name, help, type: 'gauge', labels: ['user'], samples };
}

/** One number for each stream copy on this server. */
function perStream(
  name: string,
  help: string,
  valueOf: (stream: Stream, responses: Responses) => number | undefined,
): Metric {
  const samples = (responses: Responses) =>
    streamsOf(responses).flatMap((stream) => {
      const value = valueOf(stream, responses);
      return value === undefined ? [] : [{ stream: stream.name, value }];
    });
  return { name, help, type: 'gauge', labels: ['stream'], samples };
}

/**
 * One number for the consumers that this server leads, so that a sum over servers counts each consumer once. Consumer names are
 * generated at each start, so the label is only their kind.
 */
function perConsumer(name: string, help: string, valueOf: (consumer: Consumer) => number): Metric {
  const samples = (responses: Responses) =>
    streamsOf(responses).flatMap((stream) =>
      stream.consumer_detail
        .filter((consumer) => leads(responses, consumer))
        .map((consumer) => ({ stream: stream.name, kind: kindOf(consumer), value: valueOf(consumer) })),
    );
  return { name, help, type: 'gauge', labels: ['stream', 'kind'], samples };
}

const streamsOf = ({ jsz }: Responses): Stream[] =>
  (jsz?.account_details ?? []).flatMap(({ stream_detail }) => stream_detail);

const kindOf = ({ config }: Consumer): string =>
  config.durable_name === undefined ? 'ephemeral' : 'durable';

/** A single server has no Raft groups and leads everything. */
const leads = ({ varz }: Responses, { cluster }: Stream | Consumer): boolean =>
  cluster === undefined || cluster.leader === varz?.server_name;

const isBehind = ({ current, offline }: { current: boolean; offline: boolean }): boolean =>
  offline || !current;
