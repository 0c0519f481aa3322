import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { LogRecord } from './log-record.js';

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
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: timeoutMs });
  const message = await manager.streams.getMessage(stream, { last_by_subj: subject });
  if (!message) return null;
  const { seq: sequence, data: payload, header } = message;
  return { subject: message.subject, sequence, payload, header: (name) => header.get(name) || undefined };
}
