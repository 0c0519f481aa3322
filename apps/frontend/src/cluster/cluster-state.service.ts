import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  LEASE_BUCKET,
  LEASE_KEY,
  LEASE_TTL_MS,
  readMessage,
  STATISTICS_STREAM,
  statisticsSubject,
  type ClusterView,
  type LeaseRecord,
  type StatisticsVersion,
} from '@shoal/contracts';
import { retryUntilAvailable, type StoredRecord, tail, type Tail } from '@shoal/nats';
import { Roster } from '@shoal/membership';
import { ClusterService, NATS } from '@shoal/runtime';
import { Readiness } from '@shoal/telemetry';
import { UnavailableError } from '../errors.js';
import type { FrontendSettings } from '../settings.js';

/** The cluster as the API shows it. */
@Injectable()
export class ClusterStateService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('cluster');
  /** Roster of the lease, whose key expires when the leader stops renewing it. */
  leaderLease?: Roster<LeaseRecord>;
  private statistics: StatisticsVersion = { v: 0, version: 0, documents: [], sequences: [], totalLength: 0 };
  private tail?: Tail;
  private readonly jaeger: string | null;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly cluster: ClusterService,
    private readonly readiness: Readiness,
    @Inject(ConfigService) settings: FrontendSettings,
  ) {
    this.jaeger = settings.get('SHOAL_JAEGER_URL', { infer: true }) ?? null;
    readiness.add('topology', () => (cluster.topology ? null : 'no topology yet: waiting for an indexer'));
  }

  async onModuleInit(): Promise<void> {
    this.leaderLease = await retryUntilAvailable('the lease', () =>
      Roster.open(this.connection, {
        bucket: LEASE_BUCKET,
        ttlMs: LEASE_TTL_MS,
        persistedBeatsOnly: true,
        parse: (json) => readMessage<LeaseRecord>('a lease', json),
      }),
    );
    await this.follow();
  }

  async onApplicationShutdown(): Promise<void> {
    this.leaderLease?.close();
    await this.tail?.stop();
  }

  private async follow(): Promise<void> {
    this.tail = await retryUntilAvailable('the statistics', () =>
      tail(this.connection, {
        stream: STATISTICS_STREAM,
        filters: [statisticsSubject.version],
        onRecord: (record) => this.apply(record),
        onCaughtUp: () => {},
        onError: (error) => {
          // The stream was created again: its first version replaces this one.
          this.logger.error(error);
          void this.follow();
        },
      }),
    );
  }

  private apply({ payload, sequence }: StoredRecord): void {
    try {
      this.statistics = readMessage<StatisticsVersion>(
        'a statistics version',
        Buffer.from(payload).toString(),
      );
    } catch (error) {
      this.logger.error(`STATISTICS ${sequence} rejected: ${String(error)}`);
    }
  }

  /** Name of the leader, or null when no indexer renews the lease. */
  get leader(): string | null {
    return this.leaderLease?.get(LEASE_KEY)?.leader ?? null;
  }

  /** @throws UnavailableError */
  view(): ClusterView {
    const { topology, roster } = this.cluster;
    if (!topology) throw new UnavailableError('the cluster has no topology yet: try again in a few seconds');
    const { version, documents } = this.statistics;
    const shards = topology.shards.map(({ partitions, replicas }, shard) => ({
      shard,
      partitions,
      documents: partitions.reduce((sum, partition) => sum + (documents[partition] ?? 0), 0),
      replicas: replicas.map((member) => {
        const { state, documents: held, queriesPerSecond, p99Ms } = roster.get(member) ?? MISSING;
        return { member, state, documents: held, queriesPerSecond, p99Ms };
      }),
    }));
    return {
      epoch: topology.epoch,
      leader: this.leader,
      fencingToken: topology.token,
      statisticsVersion: version,
      documents: shards.reduce((sum, shard) => sum + shard.documents, 0),
      placement: topology.placement,
      replicas: topology.replicas,
      stale: this.readiness.missing()['nats'] ?? null,
      jaeger: this.jaeger,
      shards,
      members: [...roster.members()]
        .map(([member, { state }]) => ({ member, state }))
        .toSorted((a, b) => a.member.localeCompare(b.member, 'en', { numeric: true })),
    };
  }
}

const MISSING = { state: 'missing', documents: 0, queriesPerSecond: 0, p99Ms: 0 } as const;
