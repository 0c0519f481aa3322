import { Inject, Injectable } from '@nestjs/common';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  checkVersionHeader,
  decodeWrites,
  DOCS_STREAM,
  docsSubject,
  INTAKE_HEADER,
  INTAKE_STREAM,
  intakeSubject,
  MAX_DOCUMENT_BYTES,
  VERSION_HEADER,
  type DocumentBody,
  type Stored,
} from '@shoal/contracts';
import { encodeKey, lastOf } from '@shoal/nats';
import { NATS } from '@shoal/runtime';
import { TooLargeError } from '../errors.js';
import { IntakePublisher } from './intake-publisher.js';

/** The document is larger than one may be. */
class DocumentTooLargeError extends TooLargeError {
  constructor(bytes: number) {
    super(
      `the document has ${bytes} bytes, and at most ${MAX_DOCUMENT_BYTES} are stored: split it into several documents`,
    );
  }
}

/** Single documents: stored, read, deleted. */
@Injectable()
export class DocumentsService {
  constructor(
    @Inject(NATS) private readonly connection: NatsConnection,
    private readonly intake: IntakePublisher,
  ) {}

  /**
   * Resolves once the write is durable.
   * @throws TooLargeError, UnavailableError, and the errors of the log's Publisher
   */
  async put(id: string, body: DocumentBody): Promise<Stored> {
    const write = this.intake.putWrite({ id, ...body });
    const bytes = Buffer.byteLength(write.document);
    if (bytes > MAX_DOCUMENT_BYTES) throw new DocumentTooLargeError(bytes);
    return { id, sequence: await this.intake.acceptOne(write), partition: write.partition };
  }

  /** Durable like a put. Deleting what is not there changes nothing that can be found and is no error. */
  async delete(id: string): Promise<Stored> {
    const partition = (await this.located(id)) ?? this.intake.partitionOf(id);
    // The document may move before this write's turn comes: only the leader, who orders writes, knows where it is then.
    const sequence = await this.intake.acceptOne({ op: 'delete', partition: null, key: encodeKey(id) });
    return { id, sequence, partition };
  }

  /**
   * Returns the stored document as JSON text, or null. A write leaves INTAKE only after it has reached the log, so reading INTAKE
   * first always shows the last single write. A pending write may already be in the log, with a newer one from an upload.
   */
  async get(id: string): Promise<string | null> {
    const key = encodeKey(id);
    const waiting = await lastOf(this.connection, INTAKE_STREAM, intakeSubject.one(key));
    const newest = await lastOf(this.connection, DOCS_STREAM, docsSubject.anyPartition(key));
    if (waiting && waiting.sequence > Number(newest?.header(INTAKE_HEADER) ?? 0)) {
      checkVersionHeader('a write', waiting.header(VERSION_HEADER));
      const [write] = decodeWrites(Buffer.from(waiting.payload).toString());
      return write?.op === 'put' ? write.document : null;
    }
    if (newest) checkVersionHeader('a document', newest.header(VERSION_HEADER));
    return newest && newest.payload.length > 0 ? Buffer.from(newest.payload).toString() : null;
  }

  private async located(id: string): Promise<number | null> {
    const newest = await lastOf(this.connection, DOCS_STREAM, docsSubject.anyPartition(encodeKey(id)));
    return newest && newest.payload.length > 0 ? Number(newest.subject.split('.')[1]) : null;
  }
}
