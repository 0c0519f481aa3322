import { Injectable } from '@nestjs/common';
import type { BulkResult } from '@shoal/contracts';
import { BulkLoad, MAX_LINE_BYTES } from './bulk-load.js';
import { IntakeService } from './intake.service.js';
import { LineSplitter } from './line-splitter.js';

/** Documents as NDJSON, streamed: never more in memory than the few messages in flight, however long the stream is. */
@Injectable()
export class BulkService {
  constructor(private readonly intake: IntakeService) {}

  /** @throws UnavailableError when INTAKE takes no more for a long time */
  async store(stream: AsyncIterable<Buffer>): Promise<BulkResult> {
    const load = new BulkLoad(this.intake);
    const splitter = new LineSplitter(MAX_LINE_BYTES);
    for await (const chunk of stream) {
      for (const line of splitter.push(chunk)) await load.take(line);
    }
    for (const line of splitter.end()) await load.take(line);
    return load.finish();
  }
}
