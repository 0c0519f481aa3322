import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { partitionOf } from '@shoal/consistent-hashing';
import { DOCS_STREAM, docsSubject, type IntakeWrite } from '@shoal/contracts';
import { decodeKey, lastOf } from '@shoal/document-log';

/** What to write where; empty is a tombstone. */
export interface Effect {
  subject: string;
  document: string;
  /** The partition that an older version is taken away from. */
  movedFrom?: number;
}

/**
 * Which partition holds a document. Its id alone says so, unless it has a routing key: then it may lie elsewhere, and a
 * version with another routing must take the old one away, or the same document would be found twice. The owner is the
 * only writer, so it can know: it remembers the documents that lie, or once lay, away from their id's partition.
 */
export class DocumentPlaces {
  /** Keys with a subject outside their id's partition. */
  private readonly strays: Set<string>;
  /** Where the writes of the commit in hand put a document: the log does not show it yet. Null: deleted. */
  private readonly pending = new Map<string, number | null>();

  private constructor(
    private readonly connection: NatsConnection,
    private readonly partitions: number,
    strays: Set<string>,
  ) {
    this.strays = strays;
  }

  /** Reads the subjects of the log (not the documents). */
  static async load(connection: NatsConnection, partitions: number): Promise<DocumentPlaces> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const { state } = await manager.streams.info(DOCS_STREAM, {
      subjects_filter: docsSubject.anyPartition('*'),
    });
    const strays = new Set<string>();
    for (const subject of Object.keys(state.subjects ?? {})) {
      const [, partition, key] = subject.split('.');
      if (partitionOf(decodeKey(key!), partitions) !== Number(partition)) strays.add(key!);
    }
    return new DocumentPlaces(connection, partitions, strays);
  }

  /** The records that carry out a write, the removal of an older version elsewhere first. */
  async resolve(write: IntakeWrite): Promise<Effect[]> {
    const { key } = write;
    if (write.op === 'delete') {
      const from = await this.locate(key);
      this.pending.set(key, null);
      return from === null ? [] : [{ subject: docsSubject.document(from, key), document: '' }];
    }
    const mayMove = this.mayMove(write);
    const from = mayMove ? await this.locate(key) : write.partition;
    if (mayMove) this.strays.add(key);
    this.pending.set(key, write.partition);
    const put = { subject: docsSubject.document(write.partition, key), document: write.document };
    if (from === null || from === write.partition) return [put];
    return [
      { subject: docsSubject.document(from, key), document: '' },
      { ...put, movedFrom: from },
    ];
  }

  /** Whether a write may find its document in another partition than it puts it in. */
  mayMove({ partition, key }: IntakeWrite): boolean {
    return this.strays.has(key) || partition !== partitionOf(decodeKey(key), this.partitions);
  }

  /** The commit in hand is in the log. */
  committed(): void {
    this.pending.clear();
  }

  private async locate(key: string): Promise<number | null> {
    const pending = this.pending.get(key);
    if (pending !== undefined) return pending;
    const newest = await lastOf(this.connection, DOCS_STREAM, docsSubject.anyPartition(key));
    return newest && newest.payload.length > 0 ? Number(newest.subject.split('.')[1]) : null;
  }
}
