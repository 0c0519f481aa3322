import { setTimeout as sleep } from 'node:timers/promises';
import {
  DiscardPolicy,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';
import { isNameInUse, isUnavailable } from './jetstream-errors.js';
import type { StoredRecord } from './record.js';

interface Common {
  name: string;
  subjects: string[];
  /** Number of servers that hold a copy; the NATS cluster needs as many. Default 1. */
  replicas?: number;
}

/** Keeps the newest message of each subject, and accepts atomic batches (nats-server 2.12 or later). */
export interface LastValueLog extends Common {
  kind: 'last-value';
}

/** Keeps each message until it is acknowledged, and rejects new ones when it is full. */
export interface WorkQueue extends Common {
  kind: 'work-queue';
  /** Size in bytes at which messages are rejected. */
  maxBytes: number;
  /**
   * Time for which the stream recognizes a repeated message by its id, in ms: longer than any publisher retries.
   * The ids are held in memory.
   */
  duplicatesMs: number;
  /** Sequence of the first message. Applies only when the stream is created. */
  firstSequence?: number;
}

export type LogStream = LastValueLog | WorkQueue;

export interface BucketOptions {
  bucket: string;
  /** Age at which a key that is not written again is removed, in ms; at least 100. Default: never. */
  ttlMs?: number;
  /** Number of servers that hold a copy; the NATS cluster needs as many. Default 1. */
  replicas?: number;
}

type Settings = Partial<StreamConfig> & { name: string };

/** Returns the name of the stream that holds a KV bucket (NATS ADR-8). */
export const bucketStream = (bucket: string) => `KV_${bucket}`;
/** Returns the subject of a key in a KV bucket (NATS ADR-8). */
export const keySubject = (bucket: string, key: string) => `$KV.${bucket}.${key}`;

/**
 * Creates the stream, or brings an existing one to these settings. Any number of processes may call it at the same time.
 * @throws JetStreamApiError when the server rejects: a change of kind, more replicas than servers, too little disk
 */
export function ensureStream(connection: NatsConnection, stream: LogStream): Promise<void> {
  const first =
    stream.kind === 'work-queue' && stream.firstSequence ? { first_seq: stream.firstSequence } : {};
  return createOrUpdate(connection, settingsOf(stream), first);
}

/**
 * Creates the KV bucket (NATS ADR-8), or brings an existing one to these settings, which `Kvm.create` does not. Any
 * number of processes may call it at the same time.
 * @throws JetStreamApiError when the server rejects, for example more replicas than it has servers
 */
export function ensureBucket(connection: NatsConnection, options: BucketOptions): Promise<void> {
  const { bucket, ttlMs = 0, replicas = 1 } = options;
  return createOrUpdate(connection, {
    name: bucketStream(bucket),
    subjects: [keySubject(bucket, '>')],
    max_msgs_per_subject: 1,
    max_age: nanos(ttlMs),
    // JetStream demands that the duplicate window is no longer than a message's life.
    duplicate_window: nanos(ttlMs ? Math.min(ttlMs, 120_000) : 120_000),
    num_replicas: replicas,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    // Otherwise a client that may write one key could delete all keys by a header.
    allow_rollup_hdrs: false,
    allow_direct: true,
    deny_delete: true,
  });
}

/** @param onCreate settings that JetStream accepts only for a new stream */
async function createOrUpdate(
  connection: NatsConnection,
  settings: Settings,
  onCreate: Partial<StreamConfig> = {},
): Promise<void> {
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  try {
    // JetStream accepts the settings of an existing stream again.
    await streams.add({ ...settings, ...onCreate });
  } catch (error) {
    if (!isNameInUse(error)) throw error;
    await streams.update(settings.name, settings);
  }
}

function settingsOf(stream: LogStream): Settings {
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

/** Time between two lookups while JetStream is unavailable, in ms. */
const RETRY_DELAY_MS = 50;

/**
 * Returns the newest message whose subject matches (wildcards allowed), or null. Reads from the stream's leader: in a
 * NATS cluster another copy may lag behind the last acknowledged write, so a client would not see its own write.
 * @throws when the stream is missing or its leader does not respond within `timeoutMs`
 */
export async function lastOf(
  connection: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs = 5_000,
): Promise<StoredRecord | null> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      const timeout = Math.max(1, deadline - performance.now());
      const { streams } = await jetstreamManager(connection, { checkAPI: false, timeout });
      const message = await streams.getMessage(stream, { last_by_subj: subject });
      if (!message) return null;
      const { seq: sequence, data: payload, header } = message;
      return { subject: message.subject, sequence, payload, header: (name) => header.get(name) || undefined };
    } catch (error) {
      if (!isUnavailable(error) || performance.now() + RETRY_DELAY_MS > deadline) throw error;
    }
    await sleep(RETRY_DELAY_MS);
  }
}
