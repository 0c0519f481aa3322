import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import { CLUSTER_BUCKET, readMessage, TOPOLOGY_KEY, type Topology } from '@shoal/contracts';
import { retryUntilAvailable, Signal, WatchedValue } from '@shoal/nats';
import { NATS, type SettingsService } from '@shoal/runtime';

/** Where the topology puts this process. */
export interface ShardAssignment {
  epoch: number;
  /** Null: a spare. */
  shard: number | null;
  partitions: readonly number[];
  /** Index of this member among the replicas of its shard. */
  rank: number;
  /** Since which epoch shard and partitions are what they are now. */
  since: number;
}

/** Watches the topology for this member's place in it. */
@Injectable()
export class AssignmentWatcher implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('place');
  private readonly member: string;
  private readonly listeners: ((place: ShardAssignment) => void)[] = [];
  private watched?: WatchedValue<Topology>;
  private readonly news = new Signal();
  /** Null until a topology was seen. */
  current: ShardAssignment | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: SettingsService,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
  }

  async onModuleInit(): Promise<void> {
    this.watched = await retryUntilAvailable('the topology', () =>
      WatchedValue.open(this.connection, {
        bucket: CLUSTER_BUCKET,
        key: TOPOLOGY_KEY,
        parse: (json) => readMessage<Topology>('a topology', json),
      }),
    );
    this.watched.onChange((topology) => topology && this.apply(topology));
    if (this.watched.value) this.apply(this.watched.value);
  }

  onApplicationShutdown(): void {
    this.watched?.close();
  }

  onChange(listener: (place: ShardAssignment) => void): void {
    this.listeners.push(listener);
  }

  /** Resolves when this member has seen that epoch, which a root may have seen some ms earlier; or after `waitMs`. */
  async reached(epoch: number, waitMs: number): Promise<void> {
    if (this.current && epoch > this.current.epoch) await this.news.wait(waitMs);
  }

  private apply(topology: Topology): void {
    const index = topology.shards.findIndex(({ replicas }) => replicas.includes(this.member));
    const shard = index < 0 ? null : index;
    const rank = topology.shards[index]?.replicas.indexOf(this.member) ?? -1;
    const partitions = topology.shards[index]?.partitions ?? [];
    const before = this.current;
    const same = before?.shard === shard && before.partitions.join() === partitions.join();
    this.current = {
      epoch: topology.epoch,
      shard,
      partitions,
      rank,
      since: same ? before.since : topology.epoch,
    };
    this.logger.log(`epoch ${topology.epoch}: ${shard === null ? 'spare' : `shard ${shard}`}`);
    for (const listener of this.listeners) listener(this.current);
    this.news.notifyAll();
  }
}
