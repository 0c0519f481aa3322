import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  CLUSTER_BUCKET,
  HEARTBEAT_TTL_MS,
  MEMBERS_BUCKET,
  readMessage,
  TOPOLOGY_KEY,
  type MemberHeartbeat,
  type Topology,
} from '@shoal/contracts';
import { Roster } from '@shoal/membership';
import { retryUntilAvailable, WatchedValue } from '@shoal/nats';
import { NATS } from './nats.module.js';

/** The cluster as this process knows it: the roster of members with their states, and the topology. */
@Injectable()
export class ClusterService implements OnModuleInit, OnApplicationShutdown {
  /** From the module's initialisation on. */
  roster!: Roster<MemberHeartbeat>;
  watched!: WatchedValue<Topology>;

  constructor(@Inject(NATS) private readonly connection: NatsConnection) {}

  async onModuleInit(): Promise<void> {
    this.roster = await retryUntilAvailable('the members', () =>
      Roster.open(this.connection, {
        bucket: MEMBERS_BUCKET,
        ttlMs: HEARTBEAT_TTL_MS,
        parse: (json) => readMessage<MemberHeartbeat>('a heartbeat', json),
      }),
    );
    this.watched = await retryUntilAvailable('the topology', () =>
      WatchedValue.open(this.connection, {
        bucket: CLUSTER_BUCKET,
        key: TOPOLOGY_KEY,
        parse: (json) => readMessage<Topology>('a topology', json),
      }),
    );
  }

  onApplicationShutdown(): void {
    // Undefined when the process is ended before it has begun.
    (this.roster as Roster<MemberHeartbeat> | undefined)?.close();
    (this.watched as WatchedValue<Topology> | undefined)?.close();
  }

  /** Null until a leader has written one. */
  get topology(): Topology | null {
    return this.watched.value;
  }

  /** Returns the members assigned to a shard that report ready for it. */
  readyReplicas(shard: number, topology = this.topology): string[] {
    const placed = topology?.shards[shard]?.replicas ?? [];
    return placed.filter((member) => {
      const heartbeat = this.roster.get(member);
      return heartbeat?.state === 'ready' && heartbeat.shard === shard;
    });
  }
}
