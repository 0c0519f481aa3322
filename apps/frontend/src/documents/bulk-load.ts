import { setTimeout as delay } from 'node:timers/promises';
import { document, MAX_DOCUMENT_BYTES, type BulkResult, type IntakeWrite } from '@shoal/contracts';
import { LogUnavailableError, PublishTimeoutError, QueueFullError } from '@shoal/document-log';
import { UnavailableError } from '../errors.js';
import { parseJson } from '../http/parse-json.js';
import { problemsOf } from '../http/validation.js';
import type { IntakeService } from './intake.service.js';
import type { Line } from './line-splitter.js';

/** Documents and characters of one INTAKE message; two messages fit into one commit of the indexer. */
const MESSAGE_WRITES = 250;
const MESSAGE_SIZE = 512 * 1024;
/** Messages that may await their acknowledgement; beyond that the sender's stream is not read. */
const IN_FLIGHT = 4;
/** Wrong lines that are reported one by one; the rest is only counted, so that memory stays bounded. */
const MAX_ERRORS = 1_000;
/** How long a full or absent queue is waited for, in ms, while the sender's stream rests. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 250;
// JSON of a document may be written with more bytes than it is stored with: spaces, \u escapes.
export const MAX_LINE_BYTES = 2 * MAX_DOCUMENT_BYTES;

/** Errors after which the same message may well be taken. */
const PASSING = [QueueFullError, LogUnavailableError, PublishTimeoutError];

/** INTAKE took no more writes for a long time. */
class BulkInterruptedError extends UnavailableError {
  constructor(accepted: number, from: number, cause: unknown) {
    super(
      `stored ${accepted} documents, then the cluster took no more for ${PATIENCE_MS / 1000} s: ` +
        `send everything from line ${from} on again (a document sent twice is one document)`,
      { cause },
    );
  }
}

/** One bulk request: what it has gathered for the next message, what is in flight, what came of it. */
export class BulkLoad {
  private readonly result: BulkResult = { accepted: 0, rejected: 0, errors: [] };
  private readonly inFlight = new Set<Promise<void>>();
  private writes: IntakeWrite[] = [];
  private size = 0;
  private firstLine = 0;
  /** The first line of a message that could not be stored. */
  private failure: { line: number; cause: unknown } | null = null;

  constructor(private readonly intake: IntakeService) {}

  take({ number, text }: Line): Promise<void> | void {
    if (text === null)
      return this.reject(number, `the line has more than ${MAX_LINE_BYTES} bytes: split the document`);
    if (text.trim() === '') return;
    const write = this.read(number, text);
    if (!write) return;
    if (this.writes.length === 0) this.firstLine = number;
    this.writes.push(write);
    this.size += write.document.length;
    if (this.writes.length >= MESSAGE_WRITES || this.size >= MESSAGE_SIZE) return this.send();
  }

  async finish(): Promise<BulkResult> {
    if (this.writes.length > 0) await this.send();
    await Promise.all(this.inFlight);
    if (this.failure) await this.giveUp();
    return this.result;
  }

  private read(number: number, text: string): (IntakeWrite & { op: 'put' }) | null {
    let value: unknown;
    try {
      value = parseJson(text);
    } catch (error) {
      this.reject(number, error instanceof Error ? error.message : String(error));
      return null;
    }
    const parsed = document.safeParse(value);
    if (!parsed.success) {
      this.reject(number, problemsOf(parsed.error.issues));
      return null;
    }
    const write = this.intake.put(parsed.data);
    const bytes = Buffer.byteLength(write.document);
    if (bytes <= MAX_DOCUMENT_BYTES) return write;
    this.reject(
      number,
      `the document has ${bytes} bytes, and at most ${MAX_DOCUMENT_BYTES} are stored: split it`,
    );
    return null;
  }

  private reject(line: number, detail: string): void {
    this.result.rejected++;
    if (this.result.errors.length < MAX_ERRORS) this.result.errors.push({ line, detail });
  }

  /** Sends what is gathered; waits while too much is in flight, which is what makes the sender wait. */
  private async send(): Promise<void> {
    const sending = this.deliver(this.writes, this.firstLine).finally(() => this.inFlight.delete(sending));
    this.inFlight.add(sending);
    this.writes = [];
    this.size = 0;
    if (this.inFlight.size >= IN_FLIGHT) await Promise.race(this.inFlight);
    if (this.failure) await this.giveUp();
  }

  /** Ends the load with the first line that is not stored, which is known when nothing is in flight any more. */
  private async giveUp(): Promise<never> {
    await Promise.all(this.inFlight);
    const { line, cause } = this.failure!;
    throw new BulkInterruptedError(this.result.accepted, line, cause);
  }

  private async deliver(writes: IntakeWrite[], firstLine: number): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        await this.intake.acceptMany(writes);
        this.result.accepted += writes.length;
        return;
      } catch (error) {
        const passing = PASSING.some((kind) => error instanceof kind);
        if (!passing || performance.now() > deadline) {
          this.failure = { line: Math.min(firstLine, this.failure?.line ?? Infinity), cause: error };
          return;
        }
        await delay(RETRY_MS);
      }
    }
  }
}
