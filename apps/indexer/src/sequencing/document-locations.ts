import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { partitionOf } from '@shoal/consistent-hashing';
import { DOCS_STREAM, docsSubject, type IntakeWrite } from '@shoal/contracts';
import { decodeKey, lastOf } from '@shoal/nats';

/** Delay before the log is read again when its leader does not know the fence, in ms, and maximum number of reads. */
const LOOKUP_RETRY_MS = 250;
const LOOKS = 20;

/** Subjects that are looked at before other work has its turn: a few ms. */
const SUBJECTS_A_TURN = 5_000;

/** One record of the log to write; an empty document is a tombstone. */
export interface LogWrite {
  subject: string;
  document: string;
  /** The partition that an older version is taken away from. */
  movedFrom?: number;
}

/**
 * Knows which partition holds a document. The id alone determines it, unless the document has a routing key: a version with
 * another routing key must remove the old one, or the same document would be found twice. The leader is the only writer, so
 * it can remember all documents that are, or once were, outside their id's partition.
 */
export class DocumentLocations {
  /** Keys with a subject outside their id's partition. */
  private readonly relocatedKeys: Set<string>;
  /** Partitions assigned by the commit in flight, which the log does not show yet. Null: deleted. */
  private readonly pending = new Map<string, number | null>();

  private constructor(
    private readonly connection: NatsConnection,
    private readonly partitions: number,
    strays: Set<string>,
  ) {
    this.relocatedKeys = strays;
  }

  /**
   * Reads the subjects of the log (not the documents).
   * @param fence sequence of the leader's fence, before which nothing changes any more
   * @throws Error when the log does not have it
   */
  static async load(
    connection: NatsConnection,
    partitions: number,
    fence: number,
  ): Promise<DocumentLocations> {
    const { streams } = await jetstreamManager(connection, { checkAPI: false });
    const read = () => streams.info(DOCS_STREAM, { subjects_filter: docsSubject.anyPartition('*') });
    let { state } = await read();
    // A nats-server that hung and has just woken may take itself for the stream's leader for a moment, and know nothing newer.
    for (let looks = 1; state.last_seq < fence; looks++) {
      if (looks === LOOKS) throw new Error(`DOCS ends at ${state.last_seq}, before the fence at ${fence}`);
      await sleep(LOOKUP_RETRY_MS);
      ({ state } = await read());
    }
    const strays = new Set<string>();
    for (const [number, subject] of Object.keys(state.subjects ?? {}).entries()) {
      // A hundred thousand at once would take long enough to lose the lease, which is renewed in between.
      if (number % SUBJECTS_A_TURN === 0) await nextTurn();
      const [, partition, key] = subject.split('.');
      if (partitionOf(decodeKey(key!), partitions) !== Number(partition)) strays.add(key!);
    }
    return new DocumentLocations(connection, partitions, strays);
  }

  /**
   * Returns the records of a write, the removal of an older version elsewhere first. A delete of a document that never moved
   * is written without a lookup, even if the document does not exist: a nats-server that resumes after a pause could answer
   * the lookup with old data ({@link https://github.com/nats-io/nats-server/pull/7146}), and the delete would be lost.
   */
  async resolve(write: IntakeWrite): Promise<LogWrite[]> {
    const { key } = write;
    if (write.op === 'delete') {
      const from = this.relocatedKeys.has(key) ? await this.locate(key) : this.home(key);
      this.pending.set(key, null);
      return from === null ? [] : [{ subject: docsSubject.document(from, key), document: '' }];
    }
    const mayMove = this.mayMove(write);
    const from = mayMove ? await this.locate(key) : write.partition;
    if (mayMove) this.relocatedKeys.add(key);
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
    return this.relocatedKeys.has(key) || partition !== this.home(key);
  }

  /** Called when the commit in flight is in the log. */
  committed(): void {
    this.pending.clear();
  }

  private home(key: string): number {
    return partitionOf(decodeKey(key), this.partitions);
  }

  private async locate(key: string): Promise<number | null> {
    const pending = this.pending.get(key);
    if (pending !== undefined) return pending;
    const newest = await lastOf(this.connection, DOCS_STREAM, docsSubject.anyPartition(key));
    return newest && newest.payload.length > 0 ? Number(newest.subject.split('.')[1]) : null;
  }
}
