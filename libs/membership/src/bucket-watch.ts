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
import { streamOf, subjectOf } from './bucket.js';

export interface BucketEntry {
  key: string;
  revision: number;
  /** Null when the key was deleted. */
  json: string | null;
}

export interface BucketWatchHandlers {
  /**
   * The watch begins (again), and what has changed since follows.
   * @param anew what was told before counts no more: it is the first time, or NATS has lost some of it
   */
  onBegin(anew: boolean): void;
  onEntry(entry: BucketEntry): void;
  /** All that the consumer's copy of the bucket held at the beginning has been told. */
  onComplete(): void;
}

const RETRY_MS = 200;
/** A NATS that is just starting leaves requests unanswered, so asking again soon beats waiting long. */
export const ANSWER_MS = 2_000;
/** The server keeps a consumer that nobody asks for this long. */
const INACTIVE_MS = 30_000;
/** A lost consumer is noticed after two missed heartbeats, of half this time each. */
const EXPIRES_MS = 2_000;

/**
 * Watches the keys of a bucket, and begins anew whenever the connection comes back. The client library's own `kv.watch` goes on after the last
 * revision it has seen, which it notices a minute late, and never reaches when the server lost its data. In a NATS cluster the new consumer may
 * lie on a copy of the bucket that lags behind: what is older than what was told is not told again.
 */
export class BucketWatch {
  private readonly jetstream: JetStreamClient;
  private session: { consumer: Consumer; messages: ConsumerMessages } | undefined;
  /** Of the session that counts, or is beginning. */
  private generation = 0;
  private stopped = false;
  /** When the stream was created of which all has been told: another one has revisions of its own. */
  private created: string | undefined;
  /** The newest revision that was told. */
  private newest = 0;

  constructor(
    private readonly connection: NatsConnection,
    private readonly bucket: string,
    private readonly key: string,
    private readonly handlers: BucketWatchHandlers,
  ) {
    this.jetstream = jetstream(connection, { timeout: ANSWER_MS });
  }

  /** @throws when the bucket is missing or NATS out of reach */
  async start(): Promise<void> {
    await this.begin();
    void this.followConnection();
    void this.goOn();
  }

  stop(): void {
    this.stopped = true;
    this.endSession();
  }

  /** Resolves without a session when it was ended while it began: what was learnt before a reconnect may be of another server. */
  private async begin(): Promise<void> {
    const generation = ++this.generation;
    const isCurrent = () => generation === this.generation;
    const consumer = await this.jetstream.consumers.get(streamOf(this.bucket), {
      filter_subjects: subjectOf(this.bucket, this.key),
      deliver_policy: DeliverPolicy.LastPerSubject,
      inactive_threshold: INACTIVE_MS,
    });
    const { num_pending } = await consumer.info(true);
    // The leader answers this one, so what it does not have is lost and not late.
    const { created, state } = await (
      await this.jetstream.jetstreamManager(false)
    ).streams.info(streamOf(this.bucket));
    if (!isCurrent()) return;
    const anew = created !== this.created || state.last_seq < this.newest;
    if (anew) [this.created, this.newest] = [undefined, 0];
    this.handlers.onBegin(anew);
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

  /** The only place that begins again, so that no two beginnings overlap. */
  private async goOn(): Promise<void> {
    for (;;) {
      await this.session?.messages.closed();
      if (this.stopped || this.connection.isClosed()) return;
      // NATS may be away again, still starting, or its bucket being made anew.
      await this.begin().catch(() => wait(RETRY_MS));
    }
  }

  private receive(message: JsMsg, created: string): void {
    if (message.seq > this.newest) this.tell(message);
    if (message.info.pending === 0) this.complete(created);
  }

  private tell(message: JsMsg): void {
    this.newest = message.seq;
    const deleted = message.headers?.has('KV-Operation') || message.headers?.has('Nats-Marker-Reason');
    this.handlers.onEntry({
      key: message.subject.slice(subjectOf(this.bucket, '').length),
      revision: message.seq,
      json: deleted ? null : message.string(),
    });
  }

  private complete(created: string): void {
    this.created = created;
    this.handlers.onComplete();
  }

  private async followConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (this.stopped) return;
      if (type === 'reconnect') this.endSession();
    }
  }

  private endSession(): void {
    const { session } = this;
    this.session = undefined;
    this.generation++;
    session?.messages.stop();
    // A courtesy: the server removes it anyway. It is not there after a restart, nor is the server after a close.
    session?.consumer.delete().catch(() => undefined);
  }
}
