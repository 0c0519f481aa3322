import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';
import { subjectOf } from './bucket.js';
import { ANSWER_MS, BucketWatch, type BucketEntry } from './bucket-watch.js';

interface Known<T> {
  revision: number;
  json: string | null;
  /** Null when the key was deleted, or its value cannot be read. */
  value: T | null;
}

/**
 * All keys of a small bucket, always at hand and kept up to date. Who writes last wins: for what is switched, not for what is
 * agreed on (see {@link Watched}). After NATS lost its data it becomes what the bucket then holds.
 */
export class WatchedKeys<T> {
  private known = new Map<string, Known<T>>();
  /** What the bucket held when the watch began anew, until all of it is told. */
  private listed: Map<string, Known<T>> | null = null;
  private readonly listeners = new Set<(key: string, value: T | null) => void>();
  private readonly jetstream: JetStreamClient;
  private watch: BucketWatch | undefined;

  private constructor(
    connection: NatsConnection,
    private readonly bucket: string,
    private readonly parse: (json: string) => T,
  ) {
    this.jetstream = jetstream(connection, { timeout: ANSWER_MS });
  }

  /**
   * Resolves once all keys are known.
   * @param options.parse reads the stored JSON, default `JSON.parse`; if it throws, the key counts as deleted
   * @throws when the bucket is missing (see ensureBucket) or NATS out of reach
   */
  static async open<T>(
    connection: NatsConnection,
    options: { bucket: string; parse?: (json: string) => T },
  ): Promise<WatchedKeys<T>> {
    const { bucket, parse = (json) => JSON.parse(json) as T } = options;
    const watched = new WatchedKeys<T>(connection, bucket, parse);
    const complete = Promise.withResolvers<void>();
    watched.watch = new BucketWatch(connection, bucket, '>', {
      onBegin: (anew) => (watched.listed = anew ? new Map() : null),
      onEntry: (entry) => watched.receive(entry),
      onComplete: () => {
        watched.reconcile();
        complete.resolve();
      },
    });
    await watched.watch.start();
    await complete.promise;
    return watched;
  }

  /** The keys that exist, with their values. */
  entries(): Map<string, T> {
    return new Map(
      Array.from(this.known).flatMap(([key, { value }]) => (value === null ? [] : [[key, value]])),
    );
  }

  /** Calls the listener when a key gets another value, or is deleted (null), until the returned function is called. */
  onChange(listener: (key: string, value: T | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Resolves when the value is stored; it counts here from then on, elsewhere when its watch tells.
   * @throws when NATS does not answer within 2 s: whether it was stored is then unknown, and the watch will tell
   */
  async set(key: string, value: T): Promise<void> {
    const json = JSON.stringify(value);
    const { seq: revision } = await this.jetstream.publish(subjectOf(this.bucket, key), json);
    this.take({ key, revision, json });
  }

  /** Resolves when the deletion is stored; else as {@link set}. */
  async delete(key: string): Promise<void> {
    const head = headers();
    head.set('KV-Operation', 'DEL');
    const { seq: revision } = await this.jetstream.publish(subjectOf(this.bucket, key), '', {
      headers: head,
    });
    this.take({ key, revision, json: null });
  }

  close(): void {
    this.listeners.clear();
    this.watch?.stop();
  }

  private receive(entry: BucketEntry): void {
    if (this.listed) this.listed.set(entry.key, this.read(entry));
    else this.take(entry);
  }

  private take(entry: BucketEntry): void {
    const before = this.known.get(entry.key);
    if (before && before.revision >= entry.revision) return;
    const now = this.read(entry);
    this.known.set(entry.key, now);
    this.tell(entry.key, before, now);
  }

  /** The list replaces what was known, also where its revisions are smaller: the bucket may be another one. */
  private reconcile(): void {
    if (!this.listed) return;
    const [before, now] = [this.known, this.listed];
    this.known = now;
    this.listed = null;
    for (const key of new Set([...before.keys(), ...now.keys()]))
      this.tell(key, before.get(key), now.get(key));
  }

  private read({ key, revision, json }: BucketEntry): Known<T> {
    try {
      return { revision, json, value: json === null ? null : this.parse(json) };
    } catch (error) {
      process.emitWarning(
        `${this.bucket} ${key} counts as deleted, its value is unreadable: ${String(error)}`,
      );
      return { revision, json: null, value: null };
    }
  }

  private tell(key: string, before: Known<T> | undefined, now: Known<T> | undefined): void {
    if ((before?.json ?? null) === (now?.json ?? null)) return;
    for (const listener of this.listeners) listener(key, now?.value ?? null);
  }
}
