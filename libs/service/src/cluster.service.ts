import { Global, Inject, Injectable, Module, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  CLUSTER_BUCKET,
  HEARTBEAT_TTL_MS,
  MEMBERS_BUCKET,
  TOPOLOGY_KEY,
  type MemberHeartbeat,
  type Topology,
} from '@shoal/contracts';
import { ensureBucket, Roster, Watched } from '@shoal/membership';
import { NATS } from './nats.module.js';
import type { SettingsService } from './settings.js';

/** The cluster as this process knows it: who is alive and what each says of itself, and who has which place. */
@Injectable()
export class ClusterService implements OnModuleInit, OnModuleDestroy {
  /** From the module's initialisation on. */
  roster!: Roster<MemberHeartbeat>;
  watched!: Watched<Topology>;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: SettingsService,
  ) {}

  async onModuleInit(): Promise<void> {
    const replicas = this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    await ensureBucket(this.connection, { bucket: MEMBERS_BUCKET, ttlMs: HEARTBEAT_TTL_MS, replicas });
    await ensureBucket(this.connection, { bucket: CLUSTER_BUCKET, replicas });
    this.roster = await Roster.open(this.connection, { bucket: MEMBERS_BUCKET, ttlMs: HEARTBEAT_TTL_MS });
    this.watched = await Watched.open(this.connection, { bucket: CLUSTER_BUCKET, key: TOPOLOGY_KEY });
  }

  onModuleDestroy(): void {
    // Undefined when the process is ended before it has begun.
    (this.roster as Roster<MemberHeartbeat> | undefined)?.close();
    (this.watched as Watched<Topology> | undefined)?.close();
  }

  /** Null until an owner has written one. */
  get topology(): Topology | null {
    return this.watched.value;
  }

  /** Members that hold this shard, or are about to, and say that they are ready for it. */
  readyReplicas(shard: number): string[] {
    const placed = this.topology?.shards[shard]?.replicas ?? [];
    return placed.filter((member) => {
      const heartbeat = this.roster.get(member);
      return heartbeat?.state === 'ready' && heartbeat.shard === shard;
    });
  }
}

@Global()
@Module({ providers: [ClusterService], exports: [ClusterService] })
export class ClusterModule {}
