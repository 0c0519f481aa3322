import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  DRAIN_DELAY_MS,
  HEARTBEAT_MS,
  MEMBERS_BUCKET,
  readLeaseMs,
  SCHEMA_VERSION,
  type MemberHeartbeat,
  type MemberState,
} from '@shoal/contracts';
import { Heartbeat } from '@shoal/membership';
import { Faults, NATS, type SettingsService } from '@shoal/runtime';
import { retryUntilAvailable } from '@shoal/nats';
import { LatencyWindow, Readiness } from '@shoal/telemetry';
import { ReplicaService } from '../replica/replica.service.js';
import { AssignmentWatcher } from '../replica/assignment-watcher.js';

/** Sends this member's heartbeats; without them the leader assigns it no shard and roots send it no queries. */
@Injectable()
export class HeartbeatService implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  /** Queries of the last seconds, as shown in the cluster view. */
  readonly latency = new LatencyWindow();
  private readonly member: string;
  private heartbeat?: Heartbeat<MemberHeartbeat>;
  private draining = false;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: SettingsService,
    private readonly assignments: AssignmentWatcher,
    private readonly replica: ReplicaService,
    private readonly faults: Faults,
    readiness: Readiness,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
    readiness.add('place', () => (this.state === 'ready' || this.state === 'spare' ? null : this.state));
  }

  async onApplicationBootstrap(): Promise<void> {
    const heartbeat = new Heartbeat<MemberHeartbeat>(this.connection, {
      bucket: MEMBERS_BUCKET,
      key: this.member,
      everyMs: HEARTBEAT_MS,
      ttlMs: readLeaseMs(this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true })),
      state: () => this.report(),
      onRenewed: () => this.renewed(),
    });
    // The leader and the roots act on a change of state: they should not have to wait for the next beat.
    this.assignments.onChange(() => void this.heartbeat?.beat());
    this.replica.onReady(() => void this.heartbeat?.beat());
    this.heartbeat = heartbeat;
    await retryUntilAvailable('the bucket of the members', () => heartbeat.start());
  }

  /** Roots that receive the beat send their queries to other replicas. */
  async onModuleDestroy(): Promise<void> {
    this.draining = true;
    await this.heartbeat?.beat();
  }

  /**
   * Keeps serving until all roots have received `draining`. Until then this member still counts for confirmed writes.
   */
  async beforeApplicationShutdown(): Promise<void> {
    await delay(DRAIN_DELAY_MS);
    await this.heartbeat?.stop();
  }

  get state(): MemberState {
    if (this.draining) return 'draining';
    if (!this.assignments.current) return 'starting';
    if (this.assignments.current.shard === null) return 'spare';
    return this.canServe ? 'ready' : 'replaying';
  }

  /** Whether queries are answered from what is here; while it is leaving, too. */
  get canServe(): boolean {
    if (this.faults.on('replay-skipped')) return true;
    return this.replica.ready && this.holdsReadLease;
  }

  /**
   * A read lease. While others may take this member for gone (it was paused, or cut off) a write counts as searchable without
   * it. So it answers only while its membership is unbroken, and after a break only once it was level with the log's end again.
   */
  private get holdsReadLease(): boolean {
    const since = this.heartbeat?.unbrokenSince ?? null;
    return since !== null && this.replica.caughtUpAt >= since;
  }

  private renewed(): void {
    const since = this.heartbeat?.unbrokenSince ?? null;
    if (since !== null) this.replica.catchUp(since);
  }

  private report(): MemberHeartbeat {
    return {
      v: SCHEMA_VERSION,
      member: this.member,
      state: this.state,
      epoch: this.assignments.current?.epoch ?? 0,
      shard: this.assignments.current?.shard ?? null,
      documents: this.replica.documents,
      queriesPerSecond: Math.round(this.latency.queriesPerSecond * 10) / 10,
      p99Ms: Math.round(this.latency.quantile(0.99) * 100) / 100,
    };
  }
}
