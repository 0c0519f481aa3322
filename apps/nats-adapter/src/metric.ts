import type { Answer, Answers, Consumer, Endpoint, Stream } from './answers.js';

/** A value with its labels. */
export type Sample = { value: number } & Record<string, string | number>;

export interface Metric {
  name: string;
  help: string;
  type: 'gauge' | 'counter';
  labels: string[];
  /** Samples with the same labels add up. None while nats-server does not say. */
  samples(answers: Answers): Sample[];
}

/** One number of one endpoint. */
export function single<E extends Endpoint>(
  type: Metric['type'],
  name: string,
  help: string,
  endpoint: E,
  value: (answer: Answer<E>) => number,
): Metric {
  const samples = (answers: Answers) => {
    const answer = answers[endpoint] as Answer<E> | undefined;
    return answer ? [{ value: value(answer) }] : [];
  };
  return { name, help, type, labels: [], samples };
}

/** One number of each copy of a stream that this server holds. */
export function perStream(
  type: Metric['type'],
  name: string,
  help: string,
  value: (stream: Stream) => number,
): Metric {
  const samples = (answers: Answers) =>
    streamsOf(answers).map((stream) => ({ stream: stream.name, value: value(stream) }));
  return { name, help, type, labels: ['stream'], samples };
}

/**
 * One number of a stream's consumers, of those that this server leads: summed over the servers each counts once. Their names are made
 * up anew by every reader, so the label only says which kind they are.
 */
export function perConsumer(name: string, help: string, value: (consumer: Consumer) => number): Metric {
  const samples = (answers: Answers) =>
    streamsOf(answers).flatMap((stream) =>
      stream.consumer_detail
        .filter((consumer) => leads(answers, consumer))
        .map((consumer) => ({ stream: stream.name, kind: kindOf(consumer), value: value(consumer) })),
    );
  return { name, help, type: 'gauge', labels: ['stream', 'kind'], samples };
}

/** One number of each user's connections. */
export function perUser(name: string, help: string, value: (connection: Connection) => number): Metric {
  const samples = ({ connz }: Answers) =>
    (connz?.connections ?? []).map((one) => ({ user: one.authorized_user ?? 'none', value: value(one) }));
  return { name, help, type: 'gauge', labels: ['user'], samples };
}

type Connection = Answer<'connz'>['connections'][number];

export const streamsOf = ({ jsz }: Answers): Stream[] =>
  (jsz?.account_details ?? []).flatMap(({ stream_detail }) => stream_detail);
const kindOf = ({ config }: Consumer) => (config.durable_name === undefined ? 'ephemeral' : 'durable');
/** A server without others has no groups, and leads. */
export const leads = ({ varz }: Answers, { cluster }: Stream | Consumer) =>
  cluster === undefined || cluster.leader === varz?.server_name;
