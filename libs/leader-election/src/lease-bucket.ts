import { DiscardPolicy, jetstream, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { millis, nanos, type NatsConnection } from '@nats-io/transport-node';
import { bucketStream, isNameInUse, keySubject } from '@shoal/nats';

/** A KV bucket whose keys expire on the server unless they are renewed. */
export interface LeaseBucket {
  kv: KV;
  /** The age at which it forgets a key, in ms. */
  ttlMs: number;
}

/**
 * Opens the bucket, and creates it when it is missing. An existing bucket keeps its own age, whatever `ttlMs` is: all
 * candidates must use the age that the server applies.
 * @throws Error when the bucket exists and its keys do not expire
 */
export async function openLeaseBucket(
  connection: NatsConnection,
  bucket: string,
  ttlMs: number,
  replicas: number,
): Promise<LeaseBucket> {
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: ttlMs });
  await createStream(manager, bucket, ttlMs, replicas);
  const { config } = await manager.streams.info(bucketStream(bucket));
  if (!config.max_age) {
    throw new Error(
      `bucket ${bucket} exists without a max_age, so a lease in it would never end: delete it, or name another bucket`,
    );
  }
  const kv = await new Kvm(jetstream(connection, { timeout: ttlMs })).open(bucket, { allow_direct: false });
  return { kv, ttlMs: millis(config.max_age) };
}

/** Made here and not by `Kvm.create`, which has no `first_seq`. */
async function createStream(manager: JetStreamManager, bucket: string, ttlMs: number, replicas: number) {
  try {
    await manager.streams.add({
      name: bucketStream(bucket),
      subjects: [keySubject(bucket, '>')],
      max_msgs_per_subject: 1,
      max_age: nanos(ttlMs),
      num_replicas: replicas,
      discard: DiscardPolicy.New,
      allow_rollup_hdrs: false,
      allow_direct: true,
      // Revisions are fencing tokens and must never fall, not even when the bucket was lost and is created again:
      // counting from the clock's milliseconds they would only fall after a thousand writes a second.
      first_seq: Date.now(),
    });
  } catch (error) {
    if (!isNameInUse(error)) throw error;
  }
}
