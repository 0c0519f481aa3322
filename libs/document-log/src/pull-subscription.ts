import { type Msg, nanos, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { ownInbox } from './own-inbox.js';
import { onReconnect } from './reconnects.js';

/** A message as a JetStream consumer delivers it. */
export interface Delivery {
  message: Msg;
  /** Its sequence in the stream. */
  sequence: number;
  /** 1 for the first message this consumer delivered, and so on without a gap. */
  deliverySequence: number;
  /** When the stream took it, in ms since 1970 by the server's clock. */
  storedAt: number;
  /** How many more the consumer has to deliver. */
  pending: number;
}

export interface PullHandlers {
  onDelivery(delivery: Delivery): void;
  /** Is there room for another batch? Asked after every message. */
  hasRoom(): boolean;
  /** The consumer is gone, silent or out of reach. Called once; nothing is delivered after it. */
  onBroken(reason: string): void;
}

const BATCH = 512;
const BATCH_BYTES = 4 * 1024 * 1024;
const EXPIRES_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 3 * HEARTBEAT_MS;

/**
 * Keeps one or two pull requests open on a consumer (JetStream wire API, NATS ADR-37), each limited in messages and in bytes, which
 * the client library's `consume` does not combine: 512 small messages must be under way to be fast, and 512
 * large ones would fill the memory. Says at once when the consumer can no longer be relied on; making a new one is the
 * caller's part.
 */
export class PullSubscription {
  private readonly subscription: Subscription;
  private readonly watchdog: NodeJS.Timeout;
  private readonly forgetReconnects: () => void;
  private readonly request: string;
  private readonly body: string;
  /** Messages that were asked for and have neither come nor been called off. */
  private outstanding = 0;
  private heardAt = performance.now();

  constructor(
    private readonly connection: NatsConnection,
    stream: string,
    consumer: string,
    private readonly handlers: PullHandlers,
  ) {
    // A fresh request must have room for the largest message, or it would be refused for ever.
    const maxBytes = Math.max(BATCH_BYTES, (connection.info?.max_payload ?? 0) + 64 * 1024);
    this.request = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.body = JSON.stringify({
      batch: BATCH,
      max_bytes: maxBytes,
      expires: nanos(EXPIRES_MS),
      idle_heartbeat: nanos(HEARTBEAT_MS),
    });
    this.subscription = connection.subscribe(ownInbox(connection), {
      callback: (error, message) => (error ? this.break(error.message) : this.receive(message)),
    });
    this.watchdog = setInterval(() => this.checkSilence(), HEARTBEAT_MS);
    this.forgetReconnects = onReconnect(connection, () => this.break('the connection was lost for a while'));
    this.refill();
  }

  /** To be called when room was made. */
  refill(): void {
    if (this.outstanding > BATCH / 2 || this.subscription.isClosed() || !this.handlers.hasRoom()) return;
    if (this.outstanding === 0) this.heardAt = performance.now();
    this.outstanding += BATCH;
    this.connection.publish(this.request, this.body, { reply: this.subscription.getSubject() });
  }

  close(): void {
    clearInterval(this.watchdog);
    this.forgetReconnects();
    if (!this.subscription.isClosed()) this.subscription.unsubscribe();
  }

  private receive(message: Msg): void {
    if (this.subscription.isClosed()) return;
    this.heardAt = performance.now();
    if (!message.reply) {
      this.receiveStatus(message);
    } else {
      this.outstanding--;
      this.handlers.onDelivery(deliveryOf(message, message.reply));
    }
    this.refill();
  }

  private receiveStatus(message: Msg): void {
    const code = message.headers?.code;
    if (code === 100) return;
    // A request that ran out of time or bytes, or was served in full, says how many messages are not coming.
    const calledOff = message.headers?.get('Nats-Pending-Messages');
    if (calledOff) this.outstanding -= Number(calledOff);
    else this.break(`${code} ${message.headers?.description}`);
  }

  private checkSilence(): void {
    if (this.outstanding > 0 && performance.now() - this.heardAt > SILENCE_MS)
      this.break('no sign of life from the consumer');
  }

  private break(reason: string): void {
    if (this.subscription.isClosed()) return;
    this.close();
    this.handlers.onBroken(reason);
  }
}

/** The reply subject tells where a message stands: `$JS.ACK.[domain.account.]stream.consumer.tries.sequence.delivery.time.pending`. */
function deliveryOf(message: Msg, reply: string): Delivery {
  const tokens = reply.split('.');
  const tries = tokens.length === 9 ? 4 : 6;
  return {
    message,
    sequence: Number(tokens[tries + 1]),
    deliverySequence: Number(tokens[tries + 2]),
    storedAt: Number(tokens[tries + 3]) / 1e6,
    pending: Number(tokens[tries + 4]),
  };
}
