import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { LogRecord } from './log-record.js';
import { isUnavailable } from './unavailable.js';

/** How soon is asked again, in ms, while JetStream is unavailable where this was asked. */
const AGAIN_MS = 50;

/**
 * The newest message whose subject matches (wildcards allowed), or null. Asked of the stream's leader: in a NATS cluster
 * another copy may lie a moment behind the last acknowledged write, and a reader would not see what it has just written.
 * @throws when the stream is missing or its leader does not answer within `timeoutMs`
 */
export async function lastOf(
  connection: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs = 5_000,
): Promise<LogRecord | null> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      const timeout = Math.max(1, deadline - performance.now());
      const { streams } = await jetstreamManager(connection, { checkAPI: false, timeout });
      const message = await streams.getMessage(stream, { last_by_subj: subject });
      if (!message) return null;
      const { seq: sequence, data: payload, header } = message;
      return { subject: message.subject, sequence, payload, header: (name) => header.get(name) || undefined };
    } catch (error) {
      if (!isUnavailable(error) || performance.now() + AGAIN_MS > deadline) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
