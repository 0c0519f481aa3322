import { setImmediate as nextTurn } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import { StatisticsTable } from '@shoal/bm25-index';
import {
  readMessage,
  SCHEMA_VERSION,
  shardSubject,
  STATISTICS_INTERVAL_MS,
  STATISTICS_MAX_INTERVAL_MS,
  STATISTICS_STREAM,
  STATISTICS_TIMEOUT_MS,
  statisticsSubject,
  type PartitionStatistics,
  type StatisticsRequest,
  type StatisticsVersion,
} from '@shoal/contracts';
import { lastOf } from '@shoal/nats';
import { FencedWriter } from '@shoal/leader-election';
import { ClusterService, NATS } from '@shoal/runtime';
import type { IndexerSettings } from '../settings.js';
import { StatisticsPublisher } from './statistics-publisher.js';
import type { LeadershipTerm } from '../leadership/leadership-term.js';

/** While much changes (a bulk load), statistics take at most this part of the leader's time. */
const BUSY_SHARE = 0.1;

/** Member that reports the statistics of these partitions. */
interface Reporter {
  member: string;
  partitions: readonly number[];
}

/**
 * The reduce side of the term statistics (Burns, "Coordinated Batch Processing"; Dean and Ghemawat, MapReduce, 2004):
 * requests the changes of its partitions from one ready replica of every shard, sums them up, and publishes the sum as a new
 * version of the table with which all roots rank.
 */
@Injectable()
export class TermStatisticsAggregator {
  private readonly logger = new Logger('statistician');
  private readonly partitions: number;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: IndexerSettings,
    private readonly cluster: ClusterService,
  ) {
    this.partitions = settings.get('SHOAL_PARTITIONS', { infer: true });
  }

  async serve(term: LeadershipTerm): Promise<void> {
    const writer = new FencedWriter(this.connection, {
      stream: STATISTICS_STREAM,
      fenceSubject: statisticsSubject.fence,
    });
    await writer.fence(term.token);
    const table = new StatisticsTable();
    const publication = new StatisticsPublisher(
      writer,
      table,
      this.partitions,
      await this.publishedVersion(),
    );
    while (!term.over) {
      const began = performance.now();
      const reporters = this.reporters();
      const told = await Promise.all(reporters.map((reporter) => this.pull(reporter, table, publication)));
      // A table without a partition would rank by wrong numbers: keep the last version until all have reported.
      if (this.isComplete(table) && !term.over) await publication.publish();
      // To wait for one that does not answer is no work.
      const took = told.includes(false) ? 0 : performance.now() - began;
      await term.pause(
        Math.min(Math.max(STATISTICS_INTERVAL_MS, took / BUSY_SHARE), STATISTICS_MAX_INTERVAL_MS),
      );
    }
  }

  /** One ready member of each shard. */
  private reporters(): Reporter[] {
    return (this.cluster.topology?.shards ?? []).flatMap(({ partitions }, shard) => {
      const [member] = this.cluster.readyReplicas(shard);
      return member ? [{ member, partitions }] : [];
    });
  }

  /** @returns whether it reported */
  private async pull(
    { member, partitions }: Reporter,
    table: StatisticsTable,
    publication: StatisticsPublisher,
  ): Promise<boolean> {
    const request: StatisticsRequest = {
      v: SCHEMA_VERSION,
      since: partitions.map((partition) => ({
        partition,
        sequence: table.sequence(partition) ?? -1,
        fingerprint: table.fingerprint(partition),
      })),
    };
    try {
      const subject = shardSubject.statistics(member);
      const reply = await this.connection.request(subject, JSON.stringify(request), {
        timeout: STATISTICS_TIMEOUT_MS,
      });
      for (const line of reply.string().split('\n').filter(Boolean)) {
        const change = readMessage<PartitionStatistics>('partition statistics', line);
        publication.touched(table.apply(change.partition, change));
        // A full report of all partitions takes long enough to lose the lease, so yield for its renewal.
        await nextTurn();
      }
      return true;
    } catch (error) {
      // Retried soon, perhaps on another replica; the roots keep their version.
      this.logger.warn(`${member} did not report: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  /** Every partition has been counted whole at least once. */
  private isComplete(table: StatisticsTable): boolean {
    const all = Array.from({ length: this.partitions }, (_, partition) => table.sequence(partition));
    return !all.includes(undefined);
  }

  private async publishedVersion(): Promise<number> {
    const newest = await lastOf(this.connection, STATISTICS_STREAM, statisticsSubject.version);
    if (!newest) return 0;
    return readMessage<StatisticsVersion>('a statistics version', Buffer.from(newest.payload).toString())
      .version;
  }
}
