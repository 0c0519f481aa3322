import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';

/** A message to be written to a stream. */
export interface NewRecord {
  subject: string;
  payload: Uint8Array | string;
  headers?: Record<string, string>;
}

/** A message as a stream holds it. The payload is a view into the network buffer: copy what is kept for long. */
export interface StoredRecord {
  subject: string;
  sequence: number;
  payload: Uint8Array;
  /** Returns the first value of a header. */
  header(name: string): string | undefined;
}

export function recordOf(message: Msg, sequence: number): StoredRecord {
  return {
    subject: message.subject,
    sequence,
    payload: message.data,
    header: (name) => message.headers?.get(name) || undefined,
  };
}

/** Returns the headers in the client library's form. */
export function headersOf(values: Record<string, string> = {}): MsgHdrs {
  const all = headers();
  for (const [name, value] of Object.entries(values)) all.set(name, value);
  return all;
}
