import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  ADVANCED_SUBJECT,
  decodeWrites,
  DOCS_STREAM,
  docsSubject,
  INTAKE_HEADER,
  INTAKE_STREAM,
  SCHEMA_VERSION,
  type Advanced,
  type IntakeWrite,
} from '@shoal/contracts';
import { QueueReader, type QueueMessage } from '@shoal/document-log';
import { FencedWriter, type LogRecord } from '@shoal/ownership-election';
import { NATS } from '@shoal/service';
import { COMMIT_RECORDS, commitGroups } from './commit-groups.js';
import { DocumentPlaces } from './document-places.js';
import { IndexerMetrics } from './indexer.metrics.js';
import type { IndexerSettings } from './settings.js';
import { lastIntakeIn } from './streams.service.js';
import type { Tenure } from './tenure.js';

/**
 * Brings accepted writes into one order: INTAKE → DOCS. What it has in hand becomes one atomic batch, which the log takes
 * only when nobody else has written since; each record carries the INTAKE sequence it comes from. So the log itself says
 * how far INTAKE has been applied, and a takeover neither loses a write nor applies one twice.
 */
@Injectable()
export class Sequencer {
  private readonly logger = new Logger('sequencer');
  private readonly partitions: number;

  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    @Inject(ConfigService) settings: IndexerSettings,
    private readonly metrics: IndexerMetrics,
  ) {
    this.partitions = settings.get('SHOAL_PARTITIONS', { infer: true });
  }

  async serve(tenure: Tenure): Promise<void> {
    const writer = new FencedWriter(this.connection, {
      stream: DOCS_STREAM,
      fenceSubject: docsSubject.fence,
    });
    this.metrics.watchWriter(DOCS_STREAM, writer);
    await writer.fence(tenure.token);
    // Read after the fence: from here on nobody else moves it.
    let applied = await lastIntakeIn(this.connection);
    const places = await DocumentPlaces.load(this.connection, this.partitions);
    const reader = await QueueReader.open(this.connection, INTAKE_STREAM);
    tenure.signal.addEventListener('abort', () => reader.close());
    try {
      while (!tenure.over) {
        const messages = await reader.take(COMMIT_RECORDS);
        if (messages.length === 0) continue;
        const fresh = messages.filter(({ sequence }) => sequence > applied);
        for (const group of commitGroups(fresh)) {
          if (tenure.over) return;
          await this.commit(writer, places, group);
          applied = group.at(-1)!.sequence;
          this.announce();
        }
        for (const message of messages) message.ack();
      }
    } finally {
      reader.close();
    }
  }

  private async commit(writer: FencedWriter, places: DocumentPlaces, group: QueueMessage[]): Promise<void> {
    // Of two versions in one commit only the later one can ever be seen.
    const records = new Map<string, LogRecord>();
    for (const { sequence, payload } of group) {
      for (const write of this.decode(payload, sequence)) {
        for (const [subject, document] of await places.resolve(write)) {
          records.delete(subject);
          records.set(subject, {
            subject,
            payload: document,
            headers: { [INTAKE_HEADER]: String(sequence) },
          });
        }
      }
    }
    if (records.size > 0) await writer.append([...records.values()]);
    places.committed();
    this.metrics.sequenced.inc(records.size);
  }

  /** A message of another release is refused whole and loudly: to guess at it could damage documents. */
  private decode(payload: Uint8Array, sequence: number): IntakeWrite[] {
    try {
      return decodeWrites(Buffer.from(payload).toString());
    } catch (error) {
      this.metrics.refused.inc();
      this.logger.error(
        `INTAKE ${sequence} refused: ${error instanceof Error ? error.message : String(error)}`,
      );
      return [];
    }
  }

  private announce(): void {
    this.connection.publish(ADVANCED_SUBJECT, JSON.stringify({ v: SCHEMA_VERSION } satisfies Advanced));
  }
}
