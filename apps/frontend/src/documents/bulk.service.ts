import type { Readable } from 'node:stream';
import { Injectable, RequestTimeoutException } from '@nestjs/common';
import type { BulkResult } from '@shoal/contracts';
import { inTime } from '../http/body.js';
import { BulkUpload, MAX_LINE_BYTES } from './bulk-upload.js';
import { IntakePublisher } from './intake-publisher.js';
import { LineSplitter } from './line-splitter.js';

/** How long a sender may have nothing to send, in ms. */
const IDLE_MS = 30_000;

/** Documents as NDJSON, streamed: never more in memory than the few messages in flight, however long the stream is. */
@Injectable()
export class BulkService {
  constructor(private readonly intake: IntakePublisher) {}

  /**
   * @throws UnavailableError when INTAKE takes no more for a long time, and RequestTimeoutException when the sender sends no more;
   * both say what was stored
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
        // What is tried on after the answer counts nowhere: broken uploads one after the other would fill the memory.
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
