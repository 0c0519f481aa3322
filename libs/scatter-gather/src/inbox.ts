import { type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { ownInbox } from './own-inbox.js';
import { Waiters } from './waiters.js';

/** Nobody listens there. */
export const NO_RESPONDERS = 'no responders';
/** It was asked, and the answer is lost with the connection. */
export const CONNECTION_LOST = 'the connection was lost';
/** It was not even asked: the connection is gone. */
export const NOT_CONNECTED = 'not connected';

export type InboxReply =
  { payload: string } | { nobody: typeof NO_RESPONDERS | typeof CONNECTION_LOST | typeof NOT_CONNECTED };

/**
 * One subscription for the replies to everything that a process asks. NATS' own `request` costs a timer and a promise
 * each, and Nest's `ClientNats` a subscription each; here a reply is one map look-up.
 */
export class Inbox {
  private readonly prefix: string;
  private readonly waiting = new Map<string, (reply: InboxReply) => void>();
  private readonly subscription: Subscription;
  private next = 0;
  private isConnected = true;
  private readonly reconnected = new Waiters();

  constructor(private readonly connection: NatsConnection) {
    this.prefix = ownInbox(connection);
    this.subscription = connection.subscribe(`${this.prefix}.*`, {
      callback: (error, message) => {
        if (!error) this.deliver(message);
      },
    });
    void this.followConnection();
  }

  /**
   * Publishes and calls `onReply` at most once, also when the broker says at once that nobody listens there, and when the
   * connection is lost: what was under way is lost with it. Without a connection nothing is published: the client would keep
   * it and send it later, all at once and to whom it is of no use.
   * There is no timer in here: the caller has one deadline for all its requests and then calls the returned function,
   * after which a late reply is dropped.
   * @throws when the payload is larger than the broker takes, or the connection is closed
   */
  ask(subject: string, payload: string, onReply: (reply: InboxReply) => void): () => void {
    const token = (this.next++).toString(36);
    if (this.isConnected) this.connection.publish(subject, payload, { reply: `${this.prefix}.${token}` });
    else setImmediate(() => this.settle(token, { nobody: NOT_CONNECTED }));
    // The reply comes in a later turn. Nothing waits when the publish has thrown.
    this.waiting.set(token, onReply);
    return () => void this.waiting.delete(token);
  }

  /** @returns whether there is a connection, at once if there is one, and after `waitMs` at the latest */
  async connected(waitMs: number): Promise<boolean> {
    if (!this.isConnected) await this.reconnected.wait(waitMs);
    return this.isConnected;
  }

  close(): void {
    this.subscription.unsubscribe();
    this.waiting.clear();
  }

  private deliver(message: Msg): void {
    const token = message.subject.slice(this.prefix.length + 1);
    if (!this.waiting.has(token)) return;
    const nobody = message.data.length === 0 && message.headers?.code === 503;
    this.settle(token, nobody ? { nobody: NO_RESPONDERS } : { payload: message.string() });
  }

  private settle(token: string, reply: InboxReply): void {
    const onReply = this.waiting.get(token);
    this.waiting.delete(token);
    onReply?.(reply);
  }

  private async followConnection(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (type === 'reconnect') {
        this.isConnected = true;
        this.reconnected.wake();
      }
      if (type !== 'disconnect') continue;
      this.isConnected = false;
      // A list of its own: who is told may ask again at once.
      const lost = [...this.waiting.keys()];
      for (const token of lost) this.settle(token, { nobody: CONNECTION_LOST });
    }
  }
}
