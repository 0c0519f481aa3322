import { setTimeout as wait } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  type JetStreamClient,
  type JsMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { ConnectionStatus } from './connection.js';
import { bucketStream, keySubject } from './streams.js';

export interface KvEntry {
  key: string;
  revision: number;
  /** Null when the key was deleted. */
  json: string | null;
}

export interface KvWatchHandlers {
  /**
   * The watch begins, or begins again, and the changes since then follow.
   * @param reset whether earlier entries no longer count: it is the first time, or NATS has lost some of them
   */
  onBegin(reset: boolean): void;
  onEntry(entry: KvEntry): void;
  /** All entries that the consumer's copy of the bucket held at the beginning have been delivered. */
  onComplete(): void;
}

/** Timeout of a request, in ms. A NATS that is starting leaves requests unanswered, so an early retry beats a long timeout. */
export const KV_TIMEOUT_MS = 2_000;
const RETRY_DELAY_MS = 200;
/** Time after which the server removes a consumer without requests, in ms. */
const INACTIVE_MS = 30_000;
/** Expiry of a pull request, in ms. A lost consumer is noticed after two missed heartbeats of half this time each. */
const EXPIRES_MS = 2_000;

/**
 * Watches the keys of a bucket, and begins again after every reconnect. The client library's own `kv.watch` continues after
 * the last revision that it received: it notices a reconnect a minute late, and misses a loss of data on the server. In a
 * NATS cluster the new consumer may read a copy of the bucket that lags behind, so older entries are not delivered again.
 */
export class KvWatch {
  private readonly jetstream: JetStreamClient;
  private session: { consumer: Consumer; messages: ConsumerMessages } | undefined;
  private unfollow: () => void = () => undefined;
  /** Number of the session that counts, or is beginning. */
  private generation = 0;
  private stopped = false;
  /** Creation time of the stream whose entries were all delivered: another stream has revisions of its own. */
  private created: string | undefined;
  /** Newest revision that was delivered. */
  private newest = 0;

  constructor(
    private readonly connection: NatsConnection,
    private readonly bucket: string,
    private readonly key: string,
    private readonly handlers: KvWatchHandlers,
  ) {
    this.jetstream = jetstream(connection, { timeout: KV_TIMEOUT_MS });
  }

  /** @throws when the bucket is missing or NATS unreachable */
  async start(): Promise<void> {
    await this.begin();
    this.unfollow = ConnectionStatus.of(this.connection).follow({ onReconnect: () => this.endSession() });
    void this.beginAgain();
  }

  stop(): void {
    this.stopped = true;
    this.unfollow();
    this.endSession();
  }

  /** Resolves without a session when a reconnect overtook it: replies from before may come from another server. */
  private async begin(): Promise<void> {
    const generation = ++this.generation;
    const isCurrent = () => generation === this.generation;
    const stream = bucketStream(this.bucket);
    const consumer = await this.jetstream.consumers.get(stream, {
      filter_subjects: keySubject(this.bucket, this.key),
      deliver_policy: DeliverPolicy.LastPerSubject,
      inactive_threshold: INACTIVE_MS,
    });
    const { num_pending } = await consumer.info(true);
    // The leader responds to this request, so an entry that it does not have is lost and not late.
    const { created, state } = await (await this.jetstream.jetstreamManager(false)).streams.info(stream);
    if (!isCurrent()) return;
    const reset = created !== this.created || state.last_seq < this.newest;
    if (reset) [this.created, this.newest] = [undefined, 0];
    this.handlers.onBegin(reset);
    if (num_pending === 0) this.complete(created);
    const messages = await consumer.consume({
      max_messages: 256,
      expires: EXPIRES_MS,
      callback: (message) => {
        if (isCurrent()) this.receive(message, created);
      },
    });
    this.session = { consumer, messages };
    if (!isCurrent()) this.endSession();
  }

  /** Begins again after each session. It is the only place that does, so that no two beginnings overlap. */
  private async beginAgain(): Promise<void> {
    for (;;) {
      await this.session?.messages.closed();
      if (this.stopped || this.connection.isClosed()) return;
      // NATS may be unreachable again or starting, or the bucket being created again.
      await this.begin().catch(() => wait(RETRY_DELAY_MS));
    }
  }

  private receive(message: JsMsg, created: string): void {
    if (message.seq > this.newest) this.deliver(message);
    if (message.info.pending === 0) this.complete(created);
  }

  private deliver(message: JsMsg): void {
    this.newest = message.seq;
    const deleted = message.headers?.has('KV-Operation') || message.headers?.has('Nats-Marker-Reason');
    this.handlers.onEntry({
      key: message.subject.slice(keySubject(this.bucket, '').length),
      revision: message.seq,
      json: deleted ? null : message.string(),
    });
  }

  private complete(created: string): void {
    this.created = created;
    this.handlers.onComplete();
  }

  private endSession(): void {
    const { session } = this;
    this.session = undefined;
    this.generation++;
    session?.messages.stop();
    // The server would remove the consumer itself after a while. It is missing after a restart or a close.
    session?.consumer.delete().catch(() => undefined);
  }
}
