import {
  checkVersionHeader,
  decodeWrites,
  TRACE_HEADER,
  VERSION_HEADER,
  type IntakeWrite,
} from '@shoal/contracts';
import type { QueueMessage } from '@shoal/nats';

/** An INTAKE message and the writes in it. */
export interface Intake extends Pick<QueueMessage, 'sequence' | 'payload'> {
  writes: IntakeWrite[];
  /** Trace context of the request that wrote the message, if it is sampled. */
  traceparent: string | undefined;
}

/** A write that was accepted and that this process cannot read. */
export class UnreadableWriteError extends Error {
  constructor(
    readonly sequence: number,
    cause: unknown,
  ) {
    super(
      `INTAKE ${sequence} cannot be read (${cause instanceof Error ? cause.message : String(cause)}): it and all writes ` +
        `after it wait for a leader that can. Run an indexer of the release that wrote it; if no release did, remove it ` +
        `(nats stream rmm INTAKE ${sequence})`,
      { cause },
    );
  }
}

/**
 * Decodes messages in order, up to the first that this process cannot read. Later messages must wait, because one of
 * them may be a newer version of the same document.
 */
export function decodeIntake(messages: readonly QueueMessage[]): {
  readable: Intake[];
  unreadable: UnreadableWriteError | null;
} {
  const readable: Intake[] = [];
  for (const message of messages) {
    const { sequence, payload } = message;
    try {
      checkVersionHeader('a write', message.header(VERSION_HEADER));
      readable.push({
        sequence,
        payload,
        writes: decodeWrites(Buffer.from(payload).toString()),
        traceparent: message.header(TRACE_HEADER),
      });
    } catch (error) {
      return { readable, unreadable: new UnreadableWriteError(sequence, error) };
    }
  }
  return { readable, unreadable: null };
}
