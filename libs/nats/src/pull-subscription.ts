import { type Msg, nanos, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { ConnectionStatus, ownInbox } from './connection.js';

/** A message as a JetStream consumer delivers it. */
export interface Delivery {
  message: Msg;
  /** Its sequence in the stream. */
  sequence: number;
  /** Position among the messages that this consumer delivered, from 1 without a gap. */
  deliverySequence: number;
  /** Time at which the stream stored it, in ms since 1970 by the server's clock. */
  storedAt: number;
  /** Number of messages that the consumer has yet to deliver. */
  pending: number;
}

export interface PullHandlers {
  onDelivery(delivery: Delivery): void;
  /** Returns whether another batch may be requested. Called after every message. */
  hasRoom(): boolean;
  /** The consumer is gone, silent or unreachable. Called once; nothing is delivered after it. */
  onBroken(reason: string): void;
}

const BATCH = 512;
const BATCH_BYTES = 4 * 1024 * 1024;
const EXPIRES_MS = 10_000;
const HEARTBEAT_MS = 1_000;
const SILENCE_MS = 3 * HEARTBEAT_MS;
/** Status of an idle heartbeat. */
const HEARTBEAT_CODE = 100;

/**
 * Keeps one or two pull requests open on a consumer (JetStream wire API, NATS ADR-37). Each is limited in messages and in
 * bytes, which the client library's `consume` does not combine: throughput needs 512 small messages in flight, and 512
 * large ones would fill the memory. Reports immediately when the consumer is no longer reliable; the caller creates a
 * new one.
 */
export class PullSubscription {
  private readonly subscription: Subscription;
  private readonly watchdog: NodeJS.Timeout;
  private readonly unfollow: () => void;
  private readonly request: string;
  private readonly body: string;
  /** Messages that were requested and have neither arrived nor been called off. */
  private outstanding = 0;
  private lastMessageAt = performance.now();

  constructor(
    private readonly connection: NatsConnection,
    stream: string,
    consumer: string,
    private readonly handlers: PullHandlers,
  ) {
    // A new request must have room for the largest message: otherwise the server would reject every request.
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
    this.unfollow = ConnectionStatus.of(connection).follow({
      onReconnect: () => this.break('the connection was lost for a while'),
    });
    this.refill();
  }

  /** Requests another batch if the handlers have room. To be called when room was made. */
  refill(): void {
    if (this.outstanding > BATCH / 2 || this.subscription.isClosed() || !this.handlers.hasRoom()) return;
    if (this.outstanding === 0) this.lastMessageAt = performance.now();
    this.outstanding += BATCH;
    this.connection.publish(this.request, this.body, { reply: this.subscription.getSubject() });
  }

  close(): void {
    clearInterval(this.watchdog);
    this.unfollow();
    if (!this.subscription.isClosed()) this.subscription.unsubscribe();
  }

  private receive(message: Msg): void {
    if (this.subscription.isClosed()) return;
    this.lastMessageAt = performance.now();
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
    if (code === HEARTBEAT_CODE) return;
    // A request that expired, or that was served up to its limits, reports how many messages will not come.
    const calledOff = message.headers?.get('Nats-Pending-Messages');
    if (calledOff) this.outstanding -= Number(calledOff);
    else this.break(`${code} ${message.headers?.description}`);
  }

  private checkSilence(): void {
    if (this.outstanding > 0 && performance.now() - this.lastMessageAt > SILENCE_MS)
      this.break('no heartbeat from the consumer');
  }

  private break(reason: string): void {
    if (this.subscription.isClosed()) return;
    this.close();
    this.handlers.onBroken(reason);
  }
}

/** Reads the reply subject: `$JS.ACK.[domain.account.]stream.consumer.tries.sequence.delivery.time.pending`. */
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
