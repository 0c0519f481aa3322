import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { isWrongSequence } from './jetstream-errors.js';
import { KV_TIMEOUT_MS, KvWatch, type KvEntry } from './kv-watch.js';
import { keySubject } from './streams.js';

/**
 * The value of one key, kept in memory and up to date, and changed by compare-and-set. After NATS lost its data the value
 * becomes what the bucket then holds.
 */
export class WatchedValue<T> {
  private json: string | null = null;
  private parsed: T | null = null;
  /** Error that `parse` threw for the present value. */
  private unreadable: unknown = null;
  private seen = 0;
  /** Nothing has arrived since a reset: the next entry counts whatever its revision. */
  private isReset = true;
  private readonly listeners = new Set<(value: T | null, revision: number) => void>();
  private watch: KvWatch | undefined;

  private constructor(
    private readonly jetstream: JetStreamClient,
    private readonly subject: string,
    private readonly parse: (json: string) => T,
  ) {}

  /**
   * Resolves once the value is known.
   * @param options.parse reads the stored JSON, default `JSON.parse`; if it throws, the value counts as null
   * @throws when the bucket is missing (see ensureBucket) or NATS unreachable
   */
  static async open<T>(
    connection: NatsConnection,
    options: { bucket: string; key: string; parse?: (json: string) => T },
  ): Promise<WatchedValue<T>> {
    const { bucket, key, parse = (json) => JSON.parse(json) as T } = options;
    const watched = new WatchedValue<T>(
      jetstream(connection, { timeout: KV_TIMEOUT_MS }),
      keySubject(bucket, key),
      parse,
    );
    const complete = Promise.withResolvers<void>();
    watched.watch = new KvWatch(connection, bucket, key, {
      onBegin: (reset) => (watched.isReset = reset),
      onEntry: (entry) => watched.receive(entry),
      onComplete: () => {
        if (watched.isReset) watched.receive({ key, revision: 0, json: null });
        complete.resolve();
      },
    });
    await watched.watch.start();
    await complete.promise;
    return watched;
  }

  /** Null when the key does not exist. */
  get value(): T | null {
    return this.parsed;
  }

  /** Revision that {@link update} expects; 0 when the key never existed. */
  get revision(): number {
    return this.seen;
  }

  /** Calls the listener at every change from now on, until the returned function is called. */
  onChange(listener: (value: T | null, revision: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Sets the value if the key is still at `expectedRevision`.
   * @returns the new revision, or null when another writer was first: read the value and decide again
   * @throws when NATS does not respond within 2 s: the outcome is then unknown, and the watch will report it; and instead
   * of replacing a value that `parse` cannot read, because a newer release may have written it
   */
  async update(value: T, expectedRevision: number): Promise<number | null> {
    if (this.unreadable) {
      throw new Error(
        `${this.subject} holds a value that this process cannot read, and is not replaced: run the release that wrote it`,
        { cause: this.unreadable },
      );
    }
    const json = JSON.stringify(value);
    try {
      // Like `kv.update`, which however cannot expect that there is no value yet.
      const expect = { lastSubjectSequence: expectedRevision };
      const { seq: revision } = await this.jetstream.publish(this.subject, json, { expect });
      if (revision > this.seen) this.set(json, revision);
      return revision;
    } catch (error) {
      if (isWrongSequence(error)) return null;
      throw error;
    }
  }

  close(): void {
    this.listeners.clear();
    this.watch?.stop();
  }

  private receive({ revision, json }: KvEntry): void {
    const isNew = this.isReset ? revision !== this.seen : revision > this.seen;
    this.isReset = false;
    if (isNew) this.set(json, revision);
  }

  private set(json: string | null, revision: number): void {
    this.seen = revision;
    if (json === this.json) return;
    this.json = json;
    this.unreadable = null;
    try {
      this.parsed = json === null ? null : this.parse(json);
    } catch (error) {
      this.parsed = null;
      this.unreadable = error;
      process.emitWarning(
        `${this.subject} counts as null, its value at revision ${revision} is unreadable: ${String(error)}`,
      );
    }
    for (const listener of this.listeners) listener(this.parsed, revision);
  }
}
