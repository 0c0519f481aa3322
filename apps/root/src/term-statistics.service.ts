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
 * Term statistics that every query is ranked with, in the newest version that the leader has published. Buckets are
 * applied with the version record that follows them: the leader writes both in one batch, so each version is applied as a whole.
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

  /** Waits until this root has the statistics, because it would rank with wrong weights without them. */
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
          // The stream was recreated. Its first version replaces every bucket.
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

  /** Returns the number of documents in a partition as of this version. */
  documentsIn(partition: number): number {
    return this.current.documents[partition] ?? 0;
  }

  /** Returns the DOCS sequence up to which this version counts a partition. */
  countedIn(partition: number): number {
    return this.current.sequences[partition] ?? 0;
  }

  private apply(record: StoredRecord): void {
    try {
      this.read(record);
    } catch (error) {
      // The current version stays in use. `readMessage` has reported the unknown version, once instead of per bucket.
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
