import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import type { CorpusStatistics } from '@shoal/bm25-index';
import { hash32 } from '@shoal/consistent-hashing';
import {
  readMessage,
  STATISTICS_BUCKETS,
  STATISTICS_STREAM,
  statisticsSubject,
  UnknownVersionError,
  type StatisticsBucket,
  type StatisticsVersion,
} from '@shoal/contracts';
import { retryUntilAvailable, type StoredRecord, tail, type Tail } from '@shoal/nats';
import { NATS } from '@shoal/runtime';

/**
 * The term statistics that every query is ranked with, in the newest version the leader published. Buckets are held
 * back until the version record that names them: the leader writes both in one batch, so a version is taken whole.
 */
@Injectable()
export class TermStatisticsService implements CorpusStatistics, OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('statistics');
  private readonly buckets = Array.from({ length: STATISTICS_BUCKETS }, () => new Map<string, number>());
  private readonly pending = new Map<number, Map<string, number>>();
  private tail?: Tail;
  private readonly caughtUp = Promise.withResolvers<void>();
  private current: StatisticsVersion = { v: 0, version: 0, documents: [], sequences: [], totalLength: 0 };
  documents = 0;

  constructor(@Inject(NATS) private readonly connection: NatsConnection) {}

  /** A root without statistics would rank by wrong numbers: it asks nobody before it has them. */
  async onModuleInit(): Promise<void> {
    await this.follow();
    await this.caughtUp.promise;
  }

  private async follow(): Promise<void> {
    this.tail = await retryUntilAvailable('the statistics', () =>
      tail(this.connection, {
        stream: STATISTICS_STREAM,
        filters: [statisticsSubject.all],
        onRecord: (record) => this.apply(record),
        onCaughtUp: () => this.caughtUp.resolve(),
        onError: (error) => {
          // The stream was made anew. Its first version replaces every bucket, so there is nothing to take back.
          this.logger.error(error);
          void this.follow();
        },
      }),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await this.tail?.stop();
  }

  get version(): number {
    return this.current.version;
  }

  get totalLength(): number {
    return this.current.totalLength;
  }

  documentFrequency(term: string): number {
    return this.buckets[hash32(term) % STATISTICS_BUCKETS]!.get(term) ?? 0;
  }

  /** Documents in a partition, as of this version: what a shard that is silent is known to hold. */
  documentsIn(partition: number): number {
    return this.current.documents[partition] ?? 0;
  }

  /** The DOCS sequence up to which a partition is counted. */
  countedIn(partition: number): number {
    return this.current.sequences[partition] ?? 0;
  }

  private apply(record: StoredRecord): void {
    try {
      this.read(record);
    } catch (error) {
      // The version in force stands, whole. Another release's table would be 256 lines; who counts them says so once.
      if (error instanceof UnknownVersionError) return;
      this.logger.error(`STATISTICS ${record.sequence} rejected: ${String(error)}`);
    }
  }

  private read({ subject, payload }: StoredRecord): void {
    if (subject === statisticsSubject.fence) return;
    const text = Buffer.from(payload).toString();
    if (subject !== statisticsSubject.version) {
      const { frequencies } = readMessage<StatisticsBucket>('a statistics bucket', text);
      this.pending.set(Number(subject.split('.')[2]), new Map(Object.entries(frequencies)));
      return;
    }
    this.current = readMessage<StatisticsVersion>('a statistics version', text);
    this.documents = this.current.documents.reduce((sum, count) => sum + count, 0);
    for (const [bucket, frequencies] of this.pending) this.buckets[bucket] = frequencies;
    this.pending.clear();
  }
}
