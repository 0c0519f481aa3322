import {
  document,
  INTAKE_TIMEOUT_MS,
  MAX_DOCUMENT_BYTES,
  type BulkResult,
  type IntakeWrite,
} from '@shoal/contracts';
import { UnavailableError } from '../errors.js';
import { parseJson } from '../http/parse-json.js';
import { problemsOf } from '../http/validation.js';
import type { IntakePublisher } from './intake-publisher.js';
import type { Line } from './line-splitter.js';

/** Documents and characters of one INTAKE message; two messages fit into one commit of the indexer. */
const MESSAGE_WRITES = 250;
const MESSAGE_SIZE = 512 * 1024;
/** Messages that may await their acknowledgement; beyond that the sender's stream is not read. */
const IN_FLIGHT = 4;
/** Wrong lines that are reported one by one; the rest is only counted, so that memory stays bounded. */
const MAX_ERRORS = 1_000;
// JSON of a document may be written with more bytes than it is stored with: spaces, \u escapes.
export const MAX_LINE_BYTES = 2 * MAX_DOCUMENT_BYTES;

/** INTAKE took no more writes for a long time. */
class BulkInterruptedError extends UnavailableError {
  constructor(accepted: number, from: number, cause: unknown) {
    super(
      `stored at least ${accepted} documents, then the cluster took no more for ${INTAKE_TIMEOUT_MS / 1000} s: ` +
        `send everything from line ${from} on again (a document sent twice is one document)`,
      { cause },
    );
  }
}

/** One bulk request: what it has gathered for the next message, what is in flight, what came of it. */
export class BulkUpload {
  private readonly result: BulkResult = { accepted: 0, rejected: 0, errors: [] };
  private readonly inFlight = new Set<Promise<void>>();
  /** The documents of the messages in flight. */
  private readonly keysInFlight = new Set<string>();
  private writes: IntakeWrite[] = [];
  private size = 0;
  private firstLine = 0;
  /** The first line of a message that could not be stored. */
  private failure: { line: number; cause: unknown } | null = null;

  constructor(private readonly intake: IntakePublisher) {}

  add({ number, text }: Line): Promise<void> | void {
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

  /** Resolves once no message is in flight, whatever their outcome. Collected lines are not sent. */
  async settled(): Promise<void> {
    await Promise.all(this.inFlight);
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
    const write = this.intake.putWrite(parsed.data);
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

  /**
   * Sends what is gathered, once not too much is in flight, which is what makes the sender wait, and no older version of one of its
   * documents: that one may need several tries, and would land over this one.
   */
  private async send(): Promise<void> {
    const [writes, firstLine] = [this.writes, this.firstLine];
    this.writes = [];
    this.size = 0;
    while (this.inFlight.size >= IN_FLIGHT || writes.some(({ key }) => this.keysInFlight.has(key)))
      await Promise.race(this.inFlight);
    if (this.failure) await this.giveUp();
    for (const { key } of writes) this.keysInFlight.add(key);
    const sending = this.deliver(writes, firstLine).finally(() => {
      this.inFlight.delete(sending);
      for (const { key } of writes) this.keysInFlight.delete(key);
    });
    this.inFlight.add(sending);
  }

  /** Ends the load with the first line that is not stored, which is known when nothing is in flight any more. */
  private async giveUp(): Promise<never> {
    await Promise.all(this.inFlight);
    const { line, cause } = this.failure!;
    throw new BulkInterruptedError(this.result.accepted, line, cause);
  }

  private async deliver(writes: IntakeWrite[], firstLine: number): Promise<void> {
    try {
      await this.intake.acceptMany(writes);
      this.result.accepted += writes.length;
    } catch (error) {
      this.failure = { line: Math.min(firstLine, this.failure?.line ?? Infinity), cause: error };
    }
  }
}
