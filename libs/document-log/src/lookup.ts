import { DirectMsgHeaders } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type LogRecord, recordOf } from './log-record.js';

/**
 * The newest message whose subject matches (wildcards allowed), or null. Any server with a copy of the stream may answer (direct
 * get, NATS ADR-31), so in a NATS cluster it can lie a moment behind the last acknowledged write.
 * @throws when the stream is missing, does not allow direct gets, or does not answer within 5 s
 */
export async function lastOf(
  connection: NatsConnection,
  stream: string,
  subject: string,
): Promise<LogRecord | null> {
  const query = JSON.stringify({ last_by_subj: subject });
  const message = await connection.request(`$JS.API.DIRECT.GET.${stream}`, query, { timeout: 5_000 });
  const { headers } = message;
  if (headers?.code === 404) return null;
  if (!headers || headers.code !== 0) {
    throw new Error(
      `no answer about ${subject} from stream ${stream}: ${headers?.code} ${headers?.description}`,
    );
  }
  const record = recordOf(message, Number(headers.get(DirectMsgHeaders.Sequence)));
  return { ...record, subject: headers.get(DirectMsgHeaders.Subject) };
}
