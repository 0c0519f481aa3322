import { createInbox, type NatsConnection } from '@nats-io/transport-node';

/**
 * A fresh inbox under the prefix that the connection was made with, which the client keeps in its options. Two libs have this file,
 * as none imports another.
 */
export function ownInbox(connection: NatsConnection): string {
  const { options } = connection as NatsConnection & { options?: { inboxPrefix?: string } };
  return createInbox(options?.inboxPrefix);
}
