import type { StatisticsTable } from '@shoal/bm25-index';
import { hash32 } from '@shoal/consistent-hashing';
import {
  SCHEMA_VERSION,
  STATISTICS_BUCKETS,
  statisticsSubject,
  type StatisticsBucket,
  type StatisticsVersion,
} from '@shoal/contracts';
import type { FencedWriter } from '@shoal/leader-election';

/**
 * Publishes the table: the buckets in which a term changed, then the version record, in one atomic batch. A root that
 * reads the stream in order therefore never sees half of a version.
 */
export class StatisticsPublisher {
  /** Terms by bucket, so that a changed bucket can be written whole. */
  private readonly terms = Array.from({ length: STATISTICS_BUCKETS }, () => new Set<string>());
  private readonly changed = new Set<number>();
  private documents = -1;
  private totalLength = -1;

  constructor(
    private readonly writer: FencedWriter,
    private readonly table: StatisticsTable,
    private readonly partitions: number,
    /** Last version published. */
    private version: number,
  ) {
    // The version of an earlier leader may contain terms that no longer exist: the first version replaces it whole.
    for (let bucket = 0; bucket < STATISTICS_BUCKETS; bucket++) this.changed.add(bucket);
  }

  /** These terms have another document frequency than before. */
  touched(terms: Iterable<string>): void {
    for (const term of terms) {
      const bucket = hash32(term) % STATISTICS_BUCKETS;
      this.changed.add(bucket);
      if (this.table.documentFrequency(term) > 0) this.terms[bucket]!.add(term);
      else this.terms[bucket]!.delete(term);
    }
  }

  /** Writes a new version when anything changed since the last. */
  async publish(): Promise<void> {
    const { documents, totalLength } = this.table;
    if (this.changed.size === 0 && documents === this.documents && totalLength === this.totalLength) return;
    const buckets = [...this.changed].map((bucket) => ({
      subject: statisticsSubject.bucket(bucket),
      payload: JSON.stringify(this.bucket(bucket)),
    }));
    const version: StatisticsVersion = {
      v: SCHEMA_VERSION,
      version: this.version + 1,
      documents: Array.from({ length: this.partitions }, (_, partition) => this.table.documentsIn(partition)),
      sequences: Array.from(
        { length: this.partitions },
        (_, partition) => this.table.sequence(partition) ?? 0,
      ),
      totalLength,
    };
    await this.writer.append([
      ...buckets,
      { subject: statisticsSubject.version, payload: JSON.stringify(version) },
    ]);
    this.version = version.version;
    this.changed.clear();
    this.documents = documents;
    this.totalLength = totalLength;
  }

  private bucket(bucket: number): StatisticsBucket {
    const frequencies = [...this.terms[bucket]!].map(
      (term) => [term, this.table.documentFrequency(term)] as const,
    );
    return { v: SCHEMA_VERSION, frequencies: Object.fromEntries(frequencies) };
  }
}
