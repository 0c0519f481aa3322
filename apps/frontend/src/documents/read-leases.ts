import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import { MEMBERS_BUCKET, readLeaseMs, readMessage, type MemberHeartbeat } from '@shoal/contracts';
import { Roster } from '@shoal/membership';
import { NATS } from '@shoal/runtime';
import { retryUntilAvailable } from '@shoal/nats';
import type { FrontendSettings } from '../settings.js';

/** Members that may still hold a read lease: a confirmed write must be in all of them. */
@Injectable()
export class ReadLeases implements OnModuleInit, OnApplicationShutdown {
  /** Roster with the read-lease TTL. It keeps silent members longer than `ClusterService`, because they may still serve reads. */
  roster!: Roster<MemberHeartbeat>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: FrontendSettings,
  ) {}

  async onModuleInit(): Promise<void> {
    const ttlMs = readLeaseMs(this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true }));
    this.roster = await retryUntilAvailable('the members', () =>
      Roster.open(this.connection, {
        bucket: MEMBERS_BUCKET,
        ttlMs,
        parse: (json) => readMessage<MemberHeartbeat>('a heartbeat', json),
      }),
    );
  }

  onApplicationShutdown(): void {
    // Undefined when the process is ended before it has begun.
    (this.roster as Roster<MemberHeartbeat> | undefined)?.close();
  }
}
