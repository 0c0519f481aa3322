import { Inject, Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import { CLUSTER_BUCKET, TOPOLOGY_KEY, type Topology } from '@shoal/contracts';
import { ensureBucket, Watched } from '@shoal/membership';
import { NATS, type SettingsService } from '@shoal/service';

/** Where the topology puts this process. */
export interface Place {
  epoch: number;
  /** Null: a spare. */
  shard: number | null;
  partitions: readonly number[];
  /** Since which epoch shard and partitions are what they are now. */
  since: number;
}

/** Watches the topology for this member's place in it. */
@Injectable()
export class PlaceService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('place');
  private readonly member: string;
  private readonly listeners: ((place: Place) => void)[] = [];
  private watched?: Watched<Topology>;
  private readonly arrivals = new Set<() => void>();
  /** Null until a topology was seen. */
  current: Place | null = null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: SettingsService,
  ) {
    this.member = settings.get('SHOAL_NAME', { infer: true });
  }

  async onModuleInit(): Promise<void> {
    const replicas = this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    await ensureBucket(this.connection, { bucket: CLUSTER_BUCKET, replicas });
    this.watched = await Watched.open<Topology>(this.connection, {
      bucket: CLUSTER_BUCKET,
      key: TOPOLOGY_KEY,
    });
    this.watched.onChange((topology) => topology && this.take(topology));
    if (this.watched.value) this.take(this.watched.value);
  }

  onModuleDestroy(): void {
    this.watched?.close();
  }

  onChange(listener: (place: Place) => void): void {
    this.listeners.push(listener);
  }

  /** Resolves when this member has seen that epoch, which a root may have seen some ms earlier; or after `waitMs`. */
  async reached(epoch: number, waitMs: number): Promise<void> {
    if (this.current && epoch > this.current.epoch) await this.news(waitMs);
  }

  private news(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const arrived = () => {
        clearTimeout(timer);
        this.arrivals.delete(arrived);
        resolve();
      };
      const timer = setTimeout(arrived, waitMs);
      this.arrivals.add(arrived);
    });
  }

  private take(topology: Topology): void {
    const index = topology.shards.findIndex(({ replicas }) => replicas.includes(this.member));
    const shard = index < 0 ? null : index;
    const partitions = topology.shards[index]?.partitions ?? [];
    const before = this.current;
    const same = before?.shard === shard && before.partitions.join() === partitions.join();
    this.current = { epoch: topology.epoch, shard, partitions, since: same ? before.since : topology.epoch };
    this.logger.log(`epoch ${topology.epoch}: ${shard === null ? 'spare' : `shard ${shard}`}`);
    for (const listener of this.listeners) listener(this.current);
    for (const arrived of this.arrivals) arrived();
  }
}
