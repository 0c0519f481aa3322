import { DiscardPolicy, JetStreamApiError, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { nanos, type NatsConnection } from '@nats-io/transport-node';

export interface BucketOptions {
  bucket: string;
  /** Keys that nobody writes for this long are forgotten, in ms; at least 100. Default: never. */
  ttlMs?: number;
  /** Servers that hold a copy; needs as many in the NATS cluster. Default 1. */
  replicas?: number;
}

/** JetStream's "stream name already in use with a different configuration". */
const EXISTS_OTHERWISE = 10058;

/**
 * Creates the KV bucket (NATS ADR-8), or brings an existing one to these settings, which `Kvm.create` does not. Any number of
 * processes may do it at once.
 * @throws JetStreamApiError when the server refuses, for example more replicas than it has servers
 */
export async function ensureBucket(connection: NatsConnection, options: BucketOptions): Promise<void> {
  const { bucket, ttlMs = 0, replicas = 1 } = options;
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  const settings = {
    name: streamOf(bucket),
    subjects: [subjectOf(bucket, '>')],
    max_msgs_per_subject: 1,
    max_age: nanos(ttlMs),
    // JetStream wants the window in which it knows a repeated message to be no longer than a message's life.
    duplicate_window: nanos(ttlMs ? Math.min(ttlMs, 120_000) : 120_000),
    num_replicas: replicas,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
    // Else whoever may write one key could wipe them all, by a header.
    allow_rollup_hdrs: false,
    allow_direct: true,
    deny_delete: true,
  };
  try {
    // The same settings again are no error for JetStream.
    await streams.add(settings);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== EXISTS_OTHERWISE) throw error;
    await streams.update(settings.name, settings);
  }
}

export const streamOf = (bucket: string) => `KV_${bucket}`;
export const subjectOf = (bucket: string, key: string) => `$KV.${bucket}.${key}`;
