import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  HEARTBEAT_MS,
  HEARTBEAT_TTL_MS,
  MEMBERS_BUCKET,
  SCHEMA_VERSION,
  type MemberHeartbeat,
  type MemberState,
} from '@shoal/contracts';
import { ensureBucket, Heartbeat } from '@shoal/membership';
import { NATS, type SettingsService } from '@shoal/service';
import { LatencyWindow, Readiness } from '@shoal/telemetry';
import { PartitionsService } from './partitions.service.js';
import { PlaceService } from './place.service.js';

/** Announces this member and what it is doing; without it the owner gives it no place and roots do not ask it. */
@Injectable()
export class HeartbeatService implements OnApplicationBootstrap, OnModuleDestroy {
  /** Queries of the last seconds, as shown in the cluster view. */
  readonly latency = new LatencyWindow();
  private readonly member: string;
  private heartbeat?: Heartbeat<MemberHeartbeat>;
  private draining = false;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: SettingsService,
    private readonly place: PlaceService,
    private readonly partitions: PartitionsService,
    readiness: Readiness,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
    readiness.add('place', () => (this.state === 'ready' || this.state === 'spare' ? null : this.state));
  }

  async onApplicationBootstrap(): Promise<void> {
    const replicas = this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    await ensureBucket(this.connection, { bucket: MEMBERS_BUCKET, ttlMs: HEARTBEAT_TTL_MS, replicas });
    this.heartbeat = new Heartbeat<MemberHeartbeat>(this.connection, {
      bucket: MEMBERS_BUCKET,
      key: this.member,
      everyMs: HEARTBEAT_MS,
      ttlMs: HEARTBEAT_TTL_MS,
      state: () => this.report(),
    });
    // The owner and the roots act on a change of state: they should not have to wait for the next beat.
    this.place.onChange(() => void this.heartbeat?.beat());
    this.partitions.onReady(() => void this.heartbeat?.beat());
    await this.heartbeat.start();
  }

  /** Leaving in order: first nobody is sent here any more, then what is under way is finished. */
  async onModuleDestroy(): Promise<void> {
    this.draining = true;
    await this.heartbeat?.beat();
    await this.heartbeat?.stop();
  }

  get state(): MemberState {
    if (this.draining) return 'draining';
    if (!this.place.current) return 'starting';
    if (this.place.current.shard === null) return 'spare';
    return this.partitions.ready ? 'ready' : 'replaying';
  }

  private report(): MemberHeartbeat {
    return {
      v: SCHEMA_VERSION,
      member: this.member,
      state: this.state,
      epoch: this.place.current?.epoch ?? 0,
      shard: this.place.current?.shard ?? null,
      documents: this.partitions.documents,
      queriesPerSecond: Math.round(this.latency.queriesPerSecond * 10) / 10,
      p99Ms: Math.round(this.latency.quantile(0.99) * 100) / 100,
    };
  }
}
