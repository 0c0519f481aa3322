import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';

export type InboxReply = { kind: 'message'; payload: string } | { kind: 'no-responders' };

/**
 * One subscription for the replies to everything that a process asks. NATS' own `request` costs a timer and a promise
 * each, and Nest's `ClientNats` a subscription each; here a reply is one map look-up.
 */
export class Inbox {
  private readonly prefix = createInbox();
  private readonly waiting = new Map<string, (reply: InboxReply) => void>();
  private readonly subscription: Subscription;
  private next = 0;

  constructor(private readonly connection: NatsConnection) {
    this.subscription = connection.subscribe(`${this.prefix}.*`, {
      callback: (error, message) => {
        if (!error) this.deliver(message);
      },
    });
  }

  /**
   * Publishes and calls `onReply` at most once, also when the broker says at once that nobody listens there.
   * There is no timer in here: the caller has one deadline for all its requests and then calls the returned function,
   * after which a late reply is dropped.
   * @throws when the payload is larger than the broker takes, or the connection is closed
   */
  ask(subject: string, payload: string, onReply: (reply: InboxReply) => void): () => void {
    const token = (this.next++).toString(36);
    this.connection.publish(subject, payload, { reply: `${this.prefix}.${token}` });
    // The reply comes in a later turn. Nothing waits when the publish has thrown.
    this.waiting.set(token, onReply);
    return () => void this.waiting.delete(token);
  }

  close(): void {
    this.subscription.unsubscribe();
    this.waiting.clear();
  }

  private deliver(message: Msg): void {
    const token = message.subject.slice(this.prefix.length + 1);
    const onReply = this.waiting.get(token);
    if (!onReply) return;
    this.waiting.delete(token);
    const nobody = message.data.length === 0 && message.headers?.code === 503;
    onReply(nobody ? { kind: 'no-responders' } : { kind: 'message', payload: message.string() });
  }
}
