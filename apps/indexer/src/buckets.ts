import type { FactoryProvider } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  CLUSTER_BUCKET,
  FAULTS_BUCKET,
  HEARTBEAT_TTL_MS,
  MEMBERS_BUCKET,
  readLeaseMs,
  ROOTS_BUCKET,
} from '@shoal/contracts';
import { ensureBucket } from '@shoal/nats';
import { NATS, type SettingsService } from '@shoal/runtime';

/**
 * Makes the buckets in which the others announce themselves and look things up; they wait until these are there. (The
 * lease makes its own.) A provider, because Nest awaits all providers before any part of this process begins to watch.
 */
export const buckets: FactoryProvider = {
  provide: Symbol('buckets'),
  inject: [NATS, ConfigService],
  useFactory: async (connection: NatsConnection, settings: SettingsService) => {
    const replicas = settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    await ensureBucket(connection, { bucket: MEMBERS_BUCKET, ttlMs: readLeaseMs(replicas), replicas });
    await ensureBucket(connection, { bucket: ROOTS_BUCKET, ttlMs: HEARTBEAT_TTL_MS, replicas });
    for (const bucket of [CLUSTER_BUCKET, FAULTS_BUCKET])
      await ensureBucket(connection, { bucket, replicas });
  },
};
