import type { Msg } from '@nats-io/transport-node';

/** One message of the log. The payload shares memory with its neighbours from the network: copy what you keep for long. */
export interface LogRecord {
  subject: string;
  sequence: number;
  payload: Uint8Array;
  /** The first value of a header. */
  header(name: string): string | undefined;
}

export function recordOf(message: Msg, sequence: number): LogRecord {
  return {
    subject: message.subject,
    sequence,
    payload: message.data,
    header: (name) => message.headers?.get(name) || undefined,
  };
}
