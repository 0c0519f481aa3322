import { setTimeout as delay } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';

/**
 * Whether the broker answers a ping within this time. By then it has all that was published before, and this process has all
 * that the broker had for it. A plain `flush` waits for as long as the broker is away.
 */
export async function answersPing(connection: NatsConnection, withinMs: number): Promise<boolean> {
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
