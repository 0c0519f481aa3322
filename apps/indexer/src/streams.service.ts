import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  DOCS_STREAM,
  docsSubject,
  INTAKE_DUPLICATES_MS,
  INTAKE_HEADER,
  INTAKE_STREAM,
  intakeSubject,
  STATISTICS_STREAM,
  statisticsSubject,
} from '@shoal/contracts';
import { ensureStream, lastOf, retryUntilAvailable } from '@shoal/nats';
import { ClusterService, NATS } from '@shoal/runtime';
import type { IndexerSettings } from './settings.js';

/** Makes the streams when they are not there. Every indexer does, leader or not: it is the same either way. */
@Injectable()
export class StreamsService implements OnModuleInit {
  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) private readonly settings: IndexerSettings,
    private readonly cluster: ClusterService,
  ) {}

  async onModuleInit(): Promise<void> {
    const replicas = this.settings.get('SHOAL_STREAM_REPLICAS', { infer: true });
    this.checkPartitions();
    await ensureStream(this.connection, {
      name: STATISTICS_STREAM,
      subjects: [statisticsSubject.all],
      kind: 'last-value',
      replicas,
    });
    await ensureStream(this.connection, {
      name: DOCS_STREAM,
      subjects: [docsSubject.all],
      kind: 'last-value',
      replicas,
    });
    // A stream that has just been made may still have no leader that could answer.
    const lastIntake = await retryUntilAvailable('the end of DOCS', () => lastIntakeIn(this.connection));
    await ensureStream(this.connection, {
      name: INTAKE_STREAM,
      subjects: [intakeSubject.all],
      kind: 'work-queue',
      maxBytes: this.settings.get('SHOAL_INTAKE_MAX_BYTES', { infer: true }),
      duplicatesMs: INTAKE_DUPLICATES_MS,
      // An INTAKE that was lost, or left out of a restored backup, must not count again through numbers that DOCS has applied.
      firstSequence: lastIntake + 1,
      replicas,
    });
  }

  /** The number of partitions is in every document's subject: it cannot be changed under a log that exists. */
  private checkPartitions(): void {
    const wanted = this.settings.get('SHOAL_PARTITIONS', { infer: true });
    const stored = this.cluster.topology;
    if (!stored || stored.partitions === wanted) return;
    throw new Error(
      `this cluster was made with ${stored.partitions} partitions and cannot run with ${wanted}: ` +
        `set SHOAL_PARTITIONS=${stored.partitions} (--partitions ${stored.partitions}), or start on an empty data folder`,
    );
  }
}

/** Returns the mark: the INTAKE sequence up to which writes are in DOCS, read from its newest document. */
export async function lastIntakeIn(connection: NatsConnection): Promise<number> {
  const newest = await lastOf(connection, DOCS_STREAM, docsSubject.anyPartition('*'));
  return Number(newest?.header(INTAKE_HEADER) ?? 0);
}
