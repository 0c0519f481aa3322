import { type JetStreamClient, PubHeaders } from '@nats-io/jetstream';
import { type NatsConnection, nuid } from '@nats-io/transport-node';
import { headersOf, type NewRecord } from '@shoal/nats';

/** The server's own limit: `jetstream { limits { batch { max_msgs } } }`, unless configured otherwise. */
export const MAX_BATCH_RECORDS = 1000;

/**
 * Half of the 128 MB that nats-server lets wait in front of one stream (`max_buffered_size`): beyond that it drops messages,
 * and a batch with a message missing is rejected whole.
 */
export const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/** On the last record of each append, so that a writer whose acknowledgement was lost knows its own records again. */
export const APPEND_HEADER = 'Fenced-Append';

/** @throws RangeError that names the limit that the records break */
export function checkLimits(records: readonly NewRecord[]): void {
  if (records.length < 1 || records.length > MAX_BATCH_RECORDS) {
    throw new RangeError(
      `an append takes 1 to ${MAX_BATCH_RECORDS} records, not ${records.length}: split it`,
    );
  }
  const bytes = records.reduce((sum, { payload }) => sum + Buffer.byteLength(payload), 0);
  if (bytes > MAX_BATCH_BYTES) {
    throw new RangeError(`an append takes up to ${MAX_BATCH_BYTES} bytes of payload, not ${bytes}: split it`);
  }
}

/**
 * Sends records as one atomic batch: all are stored, one after the other, or none is. Resolves with the last one's sequence.
 * The stream needs `allow_atomic` for more than one record (NATS ADR-50, nats-server 2.12).
 * Written out here because the client's own `startBatch` hides why a commit was rejected, and needs a round trip more.
 * @param expectedLast rejected unless this is the stream's last sequence; null: taken whatever it is
 * @param appendId value of the last record's {@link APPEND_HEADER}
 * @throws JetStreamApiError when rejected; TimeoutError when the outcome is unknown
 */
export async function publishAtomically(
  connection: NatsConnection,
  client: JetStreamClient,
  records: readonly NewRecord[],
  expectedLast: number | null,
  appendId: string,
): Promise<number> {
  const batch = nuid.next();
  const last = records.length - 1;
  const messages = records.map((record, index) => {
    const head = headersOf(record.headers);
    if (index === 0 && expectedLast !== null) head.set(PubHeaders.ExpectedLastSeqHdr, `${expectedLast}`);
    if (index === last) head.set(APPEND_HEADER, appendId);
    if (last > 0) {
      head.set('Nats-Batch-Id', batch);
      head.set('Nats-Batch-Sequence', `${index + 1}`);
      if (index === last) head.set('Nats-Batch-Commit', '1');
    }
    return { ...record, headers: head };
  });
  const commit = messages.pop()!;
  for (const { subject, payload, headers } of messages) connection.publish(subject, payload, { headers });
  const ack = await client.publish(commit.subject, commit.payload, { headers: commit.headers });
  return ack.seq;
}
