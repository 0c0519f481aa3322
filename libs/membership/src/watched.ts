import { jetstream, JetStreamApiCodes, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { subjectOf } from './bucket.js';
import { ANSWER_MS, BucketWatch, type BucketEntry } from './bucket-watch.js';

/**
 * The value of one key, always at hand and kept up to date, and changed by compare-and-set. After NATS lost its data the
 * value becomes what the bucket then holds.
 */
export class Watched<T> {
  private json: string | null = null;
  private parsed: T | null = null;
  /** Why the present value cannot be read. */
  private unreadable: unknown = null;
  private seen = 0;
  /** Nothing has come since the watch began anew: the next entry counts whatever its revision. */
  private fresh = true;
  private readonly listeners = new Set<(value: T | null, revision: number) => void>();
  private watch: BucketWatch | undefined;

  private constructor(
    private readonly jetstream: JetStreamClient,
    private readonly subject: string,
    private readonly parse: (json: string) => T,
  ) {}

  /**
   * Resolves once the value is known.
   * @param options.parse reads the stored JSON, default `JSON.parse`; if it throws, the value counts as null
   * @throws when the bucket is missing (see ensureBucket) or NATS out of reach
   */
  static async open<T>(
    connection: NatsConnection,
    options: { bucket: string; key: string; parse?: (json: string) => T },
  ): Promise<Watched<T>> {
    const { bucket, key, parse = (json) => JSON.parse(json) as T } = options;
    const watched = new Watched<T>(
      jetstream(connection, { timeout: ANSWER_MS }),
      subjectOf(bucket, key),
      parse,
    );
    const complete = Promise.withResolvers<void>();
    watched.watch = new BucketWatch(connection, bucket, key, {
      onBegin: (anew) => (watched.fresh = anew),
      onEntry: (entry) => watched.receive(entry),
      onComplete: () => {
        if (watched.fresh) watched.receive({ key, revision: 0, json: null });
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

  /** What {@link update} expects; 0 when the key never existed. */
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
   * @returns the new revision, or null when someone else was first: look at the value and decide anew
   * @throws when NATS does not answer within 2 s: whether the value was set is then unknown, and the watch will tell; and
   * instead of replacing a value that `parse` cannot read: it is somebody's who knows more
   */
  async update(value: T, expectedRevision: number): Promise<number | null> {
    if (this.unreadable) {
      throw new Error(`${this.subject} holds what this process cannot read, and so is not replaced by it`, {
        cause: this.unreadable,
      });
    }
    const json = JSON.stringify(value);
    try {
      // As `kv.update` does, which however refuses to expect that there is no value yet.
      const expect = { lastSubjectSequence: expectedRevision };
      const { seq: revision } = await this.jetstream.publish(this.subject, json, { expect });
      if (revision > this.seen) this.set(json, revision);
      return revision;
    } catch (error) {
      if (isWrongRevision(error)) return null;
      throw error;
    }
  }

  close(): void {
    this.listeners.clear();
    this.watch?.stop();
  }

  private receive({ revision, json }: BucketEntry): void {
    const news = this.fresh ? revision !== this.seen : revision > this.seen;
    this.fresh = false;
    if (news) this.set(json, revision);
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

function isWrongRevision(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}
