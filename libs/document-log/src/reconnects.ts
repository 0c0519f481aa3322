import type { NatsConnection } from '@nats-io/transport-node';

// A connection's status iterator cannot be left before its next event, so there is one per connection, not one per reader.
const listeners = new WeakMap<NatsConnection, Set<() => void>>();

/** Calls the listener each time the connection has come back, until the returned function is called. */
export function onReconnect(connection: NatsConnection, listener: () => void): () => void {
  let own = listeners.get(connection);
  if (!own) {
    own = new Set();
    listeners.set(connection, own);
    void watch(connection, own);
  }
  own.add(listener);
  return () => own.delete(listener);
}

async function watch(connection: NatsConnection, own: Set<() => void>): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'reconnect') for (const listener of own) listener();
  }
}
