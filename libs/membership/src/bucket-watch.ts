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
  /** The watch begins (again): the entries that follow are what the bucket holds now. */
  onBegin(): void;
  onEntry(entry: BucketEntry): void;
  /** All that the bucket held at the beginning has been told. */
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
 * revision it has seen, which it notices a minute late, and never reaches when the server lost its data.
 */
export class BucketWatch {
  private readonly jetstream: JetStreamClient;
  private session: { consumer: Consumer; messages: ConsumerMessages } | undefined;
  private generation = 0;
  private stopped = false;

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
  }

  stop(): void {
    this.stopped = true;
    this.endSession();
  }

  private async begin(): Promise<void> {
    const generation = ++this.generation;
    const consumer = await this.jetstream.consumers.get(streamOf(this.bucket), {
      filter_subjects: subjectOf(this.bucket, this.key),
      deliver_policy: DeliverPolicy.LastPerSubject,
      inactive_threshold: INACTIVE_MS,
    });
    const { num_pending } = await consumer.info(true);
    this.handlers.onBegin();
    if (num_pending === 0) this.handlers.onComplete();
    const messages = await consumer.consume({
      max_messages: 256,
      expires: EXPIRES_MS,
      callback: (message) => {
        if (generation === this.generation && !this.stopped) this.receive(message);
      },
    });
    this.session = { consumer, messages };
    if (this.stopped) return this.endSession();
    void messages.closed().then(async () => {
      if (this.session?.messages === messages) await this.beginAgain();
    });
  }

  private receive(message: JsMsg): void {
    const deleted = message.headers?.has('KV-Operation') || message.headers?.has('Nats-Marker-Reason');
    this.handlers.onEntry({
      key: message.subject.slice(subjectOf(this.bucket, '').length),
      revision: message.seq,
      json: deleted ? null : message.string(),
    });
    if (message.info.pending === 0) this.handlers.onComplete();
  }

  private async followConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (this.stopped) return;
      if (type === 'reconnect') await this.beginAgain();
    }
  }

  private async beginAgain(): Promise<void> {
    this.endSession();
    while (!this.stopped && !this.connection.isClosed()) {
      try {
        return await this.begin();
      } catch {
        // NATS is away again, is still starting, or its bucket is being made anew.
        await wait(RETRY_MS);
      }
    }
  }

  private endSession(): void {
    const { session } = this;
    this.session = undefined;
    session?.messages.stop();
    // A courtesy: the server removes it anyway. It is not there after a restart, nor is the server after a close.
    session?.consumer.delete().catch(() => undefined);
  }
}
