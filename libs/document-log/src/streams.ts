import {
  DiscardPolicy,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

interface Common {
  name: string;
  subjects: string[];
  /** Servers that hold a copy; needs as many in the NATS cluster. Default 1. */
  replicas?: number;
}

/** Keeps the newest message of each subject, and takes atomic batches (nats-server 2.12 or later). */
export interface LastValueLog extends Common {
  kind: 'last-value';
}

/** Keeps each message until it is acknowledged, and refuses new ones when it is full. */
export interface WorkQueue extends Common {
  kind: 'work-queue';
  /** Size in bytes from which on messages are refused. */
  maxBytes: number;
  /** For how long the stream knows a message again by its id: longer than anybody publishes it again. It holds the ids in memory. */
  duplicatesMs: number;
  /** Sequence of the first message. Heeded only when the stream is created. */
  firstSequence?: number;
}

export type LogStream = LastValueLog | WorkQueue;

/** JetStream's "stream name already in use with a different configuration". */
const EXISTS_OTHERWISE = 10058;

/**
 * Creates the stream, or brings an existing one to these settings. Any number of processes may do it at once.
 * @throws JetStreamApiError when the server refuses: a change of kind, more replicas than servers, too little disk
 */
export async function ensureStream(connection: NatsConnection, stream: LogStream): Promise<void> {
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  const settings = settingsOf(stream);
  const first =
    stream.kind === 'work-queue' && stream.firstSequence ? { first_seq: stream.firstSequence } : {};
  try {
    // The same settings again are no error for JetStream.
    await streams.add({ ...settings, ...first });
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== EXISTS_OTHERWISE) throw error;
    await streams.update(stream.name, settings);
  }
}

function settingsOf(stream: LogStream): Partial<StreamConfig> & { name: string } {
  const { name, subjects, replicas = 1 } = stream;
  const common = { name, subjects, num_replicas: replicas, storage: StorageType.File };
  return stream.kind === 'last-value'
    ? { ...common, max_msgs_per_subject: 1, allow_direct: true, allow_atomic: true }
    : {
        ...common,
        retention: RetentionPolicy.Workqueue,
        discard: DiscardPolicy.New,
        max_bytes: stream.maxBytes,
        duplicate_window: nanos(stream.duplicatesMs),
        allow_direct: true,
      };
}
