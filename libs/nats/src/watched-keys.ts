import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { KV_TIMEOUT_MS, KvWatch, type KvEntry } from './kv-watch.js';
import { headersOf } from './record.js';
import { keySubject } from './streams.js';

interface Known<T> {
  revision: number;
  json: string | null;
  /** Null when the key was deleted, or its value cannot be read. */
  value: T | null;
}

/**
 * All keys of a small bucket, kept in memory and up to date. The last write wins, which suits switches; values that
 * processes must agree on need {@link WatchedValue}. After NATS lost its data it becomes what the bucket then holds.
 */
export class WatchedKeys<T> {
  private known = new Map<string, Known<T>>();
  /** Content of the bucket since a reset, until all of it has arrived. */
  private listed: Map<string, Known<T>> | null = null;
  private readonly listeners = new Set<(key: string, value: T | null) => void>();
  private readonly jetstream: JetStreamClient;
  private watch: KvWatch | undefined;

  private constructor(
    connection: NatsConnection,
    private readonly bucket: string,
    private readonly parse: (json: string) => T,
  ) {
    this.jetstream = jetstream(connection, { timeout: KV_TIMEOUT_MS });
  }

  /**
   * Resolves once all keys are known.
   * @param options.parse reads the stored JSON, default `JSON.parse`; if it throws, the key counts as deleted
   * @throws when the bucket is missing (see ensureBucket) or NATS unreachable
   */
  static async open<T>(
    connection: NatsConnection,
    options: { bucket: string; parse?: (json: string) => T },
  ): Promise<WatchedKeys<T>> {
    const { bucket, parse = (json) => JSON.parse(json) as T } = options;
    const watched = new WatchedKeys<T>(connection, bucket, parse);
    const complete = Promise.withResolvers<void>();
    watched.watch = new KvWatch(connection, bucket, '>', {
      onBegin: (reset) => (watched.listed = reset ? new Map() : null),
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

  /** Returns the keys that exist, with their values. */
  entries(): Map<string, T> {
    return new Map(
      Array.from(this.known).flatMap(([key, { value }]) => (value === null ? [] : [[key, value]])),
    );
  }

  /** Calls the listener when a key changes, or is deleted (null), until the returned function is called. */
  onChange(listener: (key: string, value: T | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Resolves when the value is stored. It counts here from then on, in other processes when their watch delivers it.
   * @throws when NATS does not respond within 2 s: the outcome is then unknown, and the watch will report it
   */
  set(key: string, value: T): Promise<void> {
    return this.write(key, JSON.stringify(value));
  }

  /** Resolves when the deletion is stored; otherwise like {@link set}. */
  delete(key: string): Promise<void> {
    return this.write(key, null);
  }

  close(): void {
    this.listeners.clear();
    this.watch?.stop();
  }

  private async write(key: string, json: string | null): Promise<void> {
    const headers = headersOf(json === null ? { 'KV-Operation': 'DEL' } : {});
    const subject = keySubject(this.bucket, key);
    const { seq: revision } = await this.jetstream.publish(subject, json ?? '', { headers });
    this.apply({ key, revision, json });
  }

  private receive(entry: KvEntry): void {
    if (this.listed) this.listed.set(entry.key, this.read(entry));
    else this.apply(entry);
  }

  private apply(entry: KvEntry): void {
    const before = this.known.get(entry.key);
    if (before && before.revision >= entry.revision) return;
    const now = this.read(entry);
    this.known.set(entry.key, now);
    this.notify(entry.key, before, now);
  }

  /** Replaces the known entries by the list, also where its revisions are smaller: the bucket may be another one. */
  private reconcile(): void {
    if (!this.listed) return;
    const [before, now] = [this.known, this.listed];
    this.known = now;
    this.listed = null;
    for (const key of new Set([...before.keys(), ...now.keys()]))
      this.notify(key, before.get(key), now.get(key));
  }

  private read({ key, revision, json }: KvEntry): Known<T> {
    try {
      return { revision, json, value: json === null ? null : this.parse(json) };
    } catch (error) {
      process.emitWarning(
        `${this.bucket} ${key} counts as deleted, its value is unreadable: ${String(error)}`,
      );
      return { revision, json: null, value: null };
    }
  }

  private notify(key: string, before: Known<T> | undefined, now: Known<T> | undefined): void {
    if ((before?.json ?? null) === (now?.json ?? null)) return;
    for (const listener of this.listeners) listener(key, now?.value ?? null);
  }
}
