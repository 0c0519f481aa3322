import { type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { ConnectionStatus, ownInbox } from './connection.js';

/** No process subscribes to the subject. */
export const NO_RESPONDERS = 'no responders';
/** The request was sent, and its reply is lost with the connection. */
export const CONNECTION_LOST = 'the connection was lost';
/** The request was not sent because there is no connection. */
export const NOT_CONNECTED = 'not connected';

/** Reason for which a request got no reply. */
export type Unreachable = typeof NO_RESPONDERS | typeof CONNECTION_LOST | typeof NOT_CONNECTED;

export type MuxReply = { payload: string } | { unreachable: Unreachable };

const NO_RESPONDERS_CODE = 503;

/**
 * Sends all requests of a process with one reply subscription. NATS' own `request` costs a timer and a promise per
 * request, and Nest's `ClientNats` a subscription; here a reply costs one map lookup.
 */
export class RequestMux {
  private readonly prefix: string;
  private readonly inFlight = new Map<string, (reply: MuxReply) => void>();
  private readonly subscription: Subscription;
  private readonly status: ConnectionStatus;
  private readonly unfollow: () => void;
  private next = 0;

  constructor(private readonly connection: NatsConnection) {
    this.prefix = ownInbox(connection);
    this.subscription = connection.subscribe(`${this.prefix}.*`, {
      callback: (error, message) => {
        if (!error) this.deliver(message);
      },
    });
    this.status = ConnectionStatus.of(connection);
    this.unfollow = this.status.follow({ onDisconnect: () => this.failAll() });
  }

  /**
   * Publishes a request and calls `onReply` at most once: with the reply, or when NATS has no responders, or when the
   * connection is lost. Without a connection nothing is published, because the client library would buffer the request
   * and send it after its deadline.
   * There is no timer: the caller has one deadline for all its requests and then calls the returned function, which drops
   * a late reply.
   * @throws when the payload exceeds the server's maximum, or the connection is closed
   */
  request(subject: string, payload: string, onReply: (reply: MuxReply) => void): () => void {
    const token = (this.next++).toString(36);
    if (this.status.isConnected) {
      this.connection.publish(subject, payload, { reply: `${this.prefix}.${token}` });
    } else setImmediate(() => this.settle(token, { unreachable: NOT_CONNECTED }));
    // Register after the publish: replies come in a later turn, and a publish that throws leaves nothing behind.
    this.inFlight.set(token, onReply);
    return () => void this.inFlight.delete(token);
  }

  close(): void {
    this.unfollow();
    this.subscription.unsubscribe();
    this.inFlight.clear();
  }

  private deliver(message: Msg): void {
    const token = message.subject.slice(this.prefix.length + 1);
    if (!this.inFlight.has(token)) return;
    const noResponders = message.data.length === 0 && message.headers?.code === NO_RESPONDERS_CODE;
    this.settle(token, noResponders ? { unreachable: NO_RESPONDERS } : { payload: message.string() });
  }

  private settle(token: string, reply: MuxReply): void {
    const onReply = this.inFlight.get(token);
    this.inFlight.delete(token);
    onReply?.(reply);
  }

  private failAll(): void {
    // Copy the tokens: callbacks may send new requests.
    const lost = [...this.inFlight.keys()];
    for (const token of lost) this.settle(token, { unreachable: CONNECTION_LOST });
  }
}
