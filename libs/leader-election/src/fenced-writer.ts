import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, type JetStreamClient, jetstreamManager, type StoredMsg } from '@nats-io/jetstream';
import { type NatsConnection, nuid } from '@nats-io/transport-node';
import { headersOf, isRetryable, isWrongSequence, type NewRecord } from '@shoal/nats';
import { APPEND_HEADER, checkLimits, publishAtomically } from './batch.js';

export interface FencedWriterOptions {
  stream: string;
  /** A subject of the stream for fence records and nothing else. */
  fenceSubject: string;
  /** Written into fence records, so that a reader of the log sees whose they are. */
  leader?: string;
  /** While it returns true, appends name no sequence and overwrite other writers, which shows the purpose of fencing. Default: never. */
  unfenced?: () => boolean;
  /** Time to wait for one acknowledgement before the outcome of the write is looked up, in ms. Default 5,000. */
  timeoutMs?: number;
}

/**
 * The log has a newer leader, or another writer, and takes nothing more from this one before a new fence. The append that throws
 * it is not in the log; but if an acknowledgement was lost before, it may be in and already replaced by the new leader.
 */
export class FencedOffError extends Error {
  override readonly name = 'FencedOffError';
}

/**
 * Appends to a JetStream stream that rejects a stale leader. Every append names the sequence it must follow, so an append
 * that was delayed (by a paused process or a slow network) cannot follow another leader's fence.
 * Source: M. Kleppmann, "Designing Data-Intensive Applications", chapter 8, fencing tokens. Here the token decides who may
 * fence, and the log's own sequence rejects all other writers.
 */
export class FencedWriter {
  readonly #connection: NatsConnection;
  readonly #client: JetStreamClient;
  readonly #options: FencedWriterOptions;
  readonly #timeout: number;
  /** The stream's last sequence as this writer left it; null when it must fence first. */
  #last: number | null = null;
  #rejections = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(connection: NatsConnection, options: FencedWriterOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#timeout = options.timeoutMs ?? 5000;
    this.#client = jetstream(connection, { timeout: this.#timeout });
  }

  /** Number of appends that the log has rejected. */
  get rejections(): number {
    return this.#rejections;
  }

  /**
   * Appends a fence record `{token, leader}`, the first act of a new leader. From then on the log rejects the batches of older
   * leaders. Resolves to the fence's sequence: records before it do not change any more.
   * Retries while NATS is unreachable, until the connection is closed.
   * @param token fencing token of the lease; larger than those of all leaders before
   * @param recordHeaders headers of the fence record
   * @throws FencedOffError when the newest fence holds a larger token
   */
  fence(token: number, recordHeaders: Record<string, string> = {}): Promise<number> {
    return this.#inTurn(async () => {
      const id = nuid.next();
      this.#last = await this.#untilKnown(async () => {
        const newest = await this.#message({ last_by_subj: this.#options.fenceSubject });
        if (newest?.header.get(APPEND_HEADER) === id) return newest.seq;
        const newestToken = newest?.json<{ token: number }>().token ?? 0;
        if (newestToken > token) {
          throw this.#rejected(`a newer leader (token ${newestToken}) has fenced ${this.#options.stream}`);
        }
        return this.#publishFence(token, recordHeaders, id, newest?.seq ?? 0);
      });
      return this.#last;
    });
  }

  /**
   * Appends 1 to 1,000 records, all of them in sequence or none. Resolves to the last record's sequence, which is then the
   * stream's. When an acknowledgement is lost, it looks up the outcome before it continues; it retries while NATS is
   * unreachable, until the connection is closed. Calls take turns.
   * @throws FencedOffError when another writer appended; every later append throws it too, until {@link fence}
   * @throws RangeError when the records break a limit; JetStreamApiError when the stream cannot take them, as when it is full
   */
  append(records: readonly NewRecord[]): Promise<number> {
    return this.#inTurn(async () => {
      checkLimits(records);
      const expected = this.#last;
      if (expected === null) throw new FencedOffError(`fence ${this.#options.stream} before appending to it`);
      const follows = this.#options.unfenced?.() ? null : expected;
      const id = nuid.next();
      this.#last = await this.#untilKnown(async () => {
        try {
          return await publishAtomically(this.#connection, this.#client, records, follows, id);
        } catch (error) {
          if (!isWrongSequence(error)) throw error;
          // Rejected because an earlier try, whose acknowledgement was lost, is in? The expectation lets in only one of them.
          const last = await this.#message({ seq: expected + records.length });
          if (last?.header.get(APPEND_HEADER) === id) return last.seq;
          this.#last = null;
          throw this.#rejected(`somebody else wrote to ${this.#options.stream} after sequence ${expected}`);
        }
      });
      return this.#last;
    });
  }

  /** Only the fence's own subject is compared: a fence must get in between the writes of a busy stale leader. */
  async #publishFence(token: number, recordHeaders: Record<string, string>, id: string, newest: number) {
    const { fenceSubject, leader } = this.#options;
    const head = headersOf({ ...recordHeaders, [APPEND_HEADER]: id });
    const expect = { lastSubjectSequence: newest };
    const ack = await this.#client.publish(fenceSubject, JSON.stringify({ token, leader }), {
      headers: head,
      expect,
    });
    return ack.seq;
  }

  /** Repeats a step, which must be safe to repeat, while its outcome is unknown. */
  async #untilKnown<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        // A wrong sequence here is a fence that another one overtook: it must look at that one's token.
        if (!isRetryable(error) && !isWrongSequence(error)) throw error;
        await this.#serverAnswers();
      }
    }
  }

  /** Waits for the server, so that retries do not accumulate in the connection's buffer while it is unreachable. */
  async #serverAnswers(): Promise<void> {
    for (;;) {
      await sleep(100);
      if (this.#connection.isClosed()) return;
      try {
        return await this.#connection.flush();
      } catch {
        // Flushes fail when the connection breaks; the next one waits for the new connection.
      }
    }
  }

  /** Read from the stream's leader: a copy elsewhere may be behind. */
  async #message(which: { seq: number } | { last_by_subj: string }): Promise<StoredMsg | null> {
    const manager = await jetstreamManager(this.#connection, { checkAPI: false, timeout: this.#timeout });
    return manager.streams.getMessage(this.#options.stream, which);
  }

  #rejected(why: string): FencedOffError {
    this.#rejections++;
    return new FencedOffError(
      `${why}: this process no longer leads it; it may write again after winning the lease and fencing`,
    );
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(task);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
