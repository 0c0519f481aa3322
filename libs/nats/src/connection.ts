import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { createInbox, type NatsConnection } from '@nats-io/transport-node';

/** An event that callers await, each with a timeout of its own. */
export class Signal {
  private readonly waiting = new Set<() => void>();

  /** Resolves at the next {@link notifyAll}, or after `waitMs`. */
  wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.waiting.delete(go);
        resolve();
      };
      const timer = setTimeout(go, waitMs);
      this.waiting.add(go);
    });
  }

  notifyAll(): void {
    for (const go of this.waiting) go();
  }
}

export interface ConnectionListener {
  /** Requests in flight, their replies and messages published meanwhile may be lost. */
  onDisconnect?(server: string): void;
  onReconnect?(server: string): void;
  /** The server rejected an operation, for example because a permission is missing. */
  onError?(error: Error): void;
}

/**
 * The state of one connection and its changes. There is one instance per connection, because an iterator of
 * `connection.status()` cannot be abandoned before its next event.
 */
export class ConnectionStatus {
  private static readonly instances = new WeakMap<NatsConnection, ConnectionStatus>();
  private readonly listeners = new Set<ConnectionListener>();
  private readonly reconnected = new Signal();
  private connected = true;

  private constructor(connection: NatsConnection) {
    void this.watch(connection);
  }

  /** Returns the status of a connection. Events from before the first call are unknown to it. */
  static of(connection: NatsConnection): ConnectionStatus {
    let status = this.instances.get(connection);
    if (!status) {
      status = new ConnectionStatus(connection);
      this.instances.set(connection, status);
    }
    return status;
  }

  get isConnected(): boolean {
    return this.connected;
  }

  /** Returns whether there is a connection. Waits up to `waitMs` for a reconnect when there is none. */
  async connectedWithin(waitMs: number): Promise<boolean> {
    if (!this.connected) await this.reconnected.wait(waitMs);
    return this.connected;
  }

  /** Calls the listener at every change until the returned function is called. */
  follow(listener: ConnectionListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      // Copy the listeners: a callback may add or remove one.
      const listeners = [...this.listeners];
      if (status.type === 'disconnect') {
        this.connected = false;
        for (const listener of listeners) listener.onDisconnect?.(status.server);
      } else if (status.type === 'reconnect') {
        this.connected = true;
        this.reconnected.notifyAll();
        for (const listener of listeners) listener.onReconnect?.(status.server);
      } else if (status.type === 'error') {
        for (const listener of listeners) listener.onError?.(status.error);
      }
    }
  }
}

/**
 * Returns whether the server answers a ping within this time. It has then received all that this process published
 * before, and this process has received all that the server had sent. A plain `flush` waits until the server is back.
 */
export async function flushWithin(connection: NatsConnection, withinMs: number): Promise<boolean> {
  const ended = new AbortController();
  const answered = connection.flush().then(
    () => true,
    () => false,
  );
  const late = delay(withinMs, false, { signal: ended.signal }).catch(() => false);
  try {
    return await Promise.race([answered, late]);
  } finally {
    ended.abort();
  }
}

/**
 * Returns a new inbox subject under the prefix that the connection was made with, as the permissions of its user demand.
 * The client library keeps the prefix in its options, which its types do not show.
 */
export function ownInbox(connection: NatsConnection): string {
  const { options } = connection as NatsConnection & { options?: { inboxPrefix?: string } };
  return createInbox(options?.inboxPrefix);
}

/** Delay before the second try, in ms. It doubles up to the maximum: at a start the other process is often ready in a moment. */
const RETRY_DELAY_MS = 25;
const MAX_RETRY_DELAY_MS = 250;
const TRIES_PER_WARNING = 20;
const logger = new Logger('start');

/**
 * Repeats an operation until it succeeds, for streams and buckets that another process creates: processes start in any order.
 * @param resource name for the log
 */
export async function retryUntilAvailable<T>(resource: string, open: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await open();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (tries === 0) logger.log(`waiting for ${resource}: ${reason}`);
      else if (tries % TRIES_PER_WARNING === 0) logger.warn(`still waiting for ${resource}: ${reason}`);
      await delay(Math.min(RETRY_DELAY_MS * 2 ** tries, MAX_RETRY_DELAY_MS));
    }
  }
}
