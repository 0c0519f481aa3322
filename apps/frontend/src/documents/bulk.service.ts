import type { Readable } from 'node:stream';
import { Injectable, RequestTimeoutException } from '@nestjs/common';
import type { BulkResult } from '@shoal/contracts';
import { inTime } from '../http/body.js';
import { BulkUpload, MAX_LINE_BYTES } from './bulk-upload.js';
import { IntakePublisher } from './intake-publisher.js';
import { LineSplitter } from './line-splitter.js';

/** Maximum pause of a client between two pieces of an upload, in ms. */
const IDLE_MS = 30_000;

/** Documents as NDJSON, streamed: never more in memory than the few messages in flight, however long the stream is. */
@Injectable()
export class BulkService {
  constructor(private readonly intake: IntakePublisher) {}

  /**
   * @throws UnavailableError when INTAKE stays full, and RequestTimeoutException when the client stops sending; both report how
   * many documents were stored
   */
  async store(stream: Readable, idleMs = IDLE_MS): Promise<BulkResult> {
    const load = new BulkUpload(this.intake);
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    let lines = 0;
    try {
      for await (const chunk of inTime(stream, () => idleMs)) {
        for (const line of splitter.push(chunk)) {
          lines = line.number;
          await load.add(line);
        }
      }
    } catch (error) {
      if (!(error instanceof RequestTimeoutException)) {
        // Retries after the response are not counted by admission: a series of broken uploads would fill the memory.
        await load.settled();
        throw error;
      }
      const { accepted, rejected } = await load.finish();
      throw new RequestTimeoutException(
        `stored ${accepted} documents and rejected ${rejected}, then nothing came for ${idleMs / 1000} s: ` +
          `send everything from line ${lines + 1} on (a document sent twice is one document)`,
      );
    }
    for (const line of splitter.end()) await load.add(line);
    return load.finish();
  }
}
