import type { NatsConnection } from '@nats-io/transport-node';
import { CLUSTER_BUCKET, readIfKnown, TOPOLOGY_KEY, type Topology } from '@shoal/contracts';
import { bucketStream, keySubject, lastOf } from '@shoal/nats';

/**
 * Returns the topology that the bucket's leader has now. A watched topology may be older, if the watch was on a nats-server
 * that is gone or on a copy that lags behind.
 * @returns null when the leader does not answer within `withinMs`, or has none that this release reads
 */
export async function newestTopology(connection: NatsConnection, withinMs: number): Promise<Topology | null> {
  try {
    const subject = keySubject(CLUSTER_BUCKET, TOPOLOGY_KEY);
    const stored = await lastOf(connection, bucketStream(CLUSTER_BUCKET), subject, withinMs);
    return stored && readIfKnown<Topology>('a topology', Buffer.from(stored.payload).toString());
  } catch {
    // NATS is unreachable, or its servers are electing a leader.
    return null;
  }
}
