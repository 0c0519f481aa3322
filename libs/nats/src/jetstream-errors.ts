import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

/**
 * Error codes of nats-server that are handled here, beside those that the client library names
 * ([errors.json](https://github.com/nats-io/nats-server/blob/main/server/errors.json) has all of them).
 */
const CODES = {
  /** "JetStream system temporarily unavailable": the server knows no leader, for example because it has just woken. */
  unavailable: 10008,
  /** "stream name already in use with a different configuration" */
  nameInUse: 10058,
  /** General code of a failed write; its description gives the cause. */
  storeFailed: 10077,
  /** "duplicate message id is in process": an earlier try has arrived, and most copies have not stored it yet. */
  duplicateInProcess: 10158,
  /** An atomic batch lacks a message, for example because the connection broke. None of it is stored. */
  batchIncomplete: 10176,
  /** Too many atomic batches are open on this stream or server. */
  tooManyBatches: 10210,
} as const;

/**
 * Returns whether JetStream is temporarily unavailable where the request arrived. Such a server may respond faster than
 * the leader, so an operation is worth repeating.
 */
export function isUnavailable(error: unknown): boolean {
  return hasCode(error, CODES.unavailable);
}

/** Returns whether a stream or bucket of this name exists with another configuration. */
export function isNameInUse(error: unknown): boolean {
  return hasCode(error, CODES.nameInUse);
}

/** Returns whether a compare-and-set met another sequence than the one that it expected. */
export function isWrongSequence(error: unknown): boolean {
  return hasCode(
    error,
    JetStreamApiCodes.StreamWrongLastSequence,
    JetStreamApiCodes.StreamWrongLastSequenceUnknown,
  );
}

export function isConsumerNotFound(error: unknown): boolean {
  return hasCode(error, JetStreamApiCodes.ConsumerNotFound);
}

/** Returns whether a stream reached its limit. Only the description distinguishes this from other failed writes. */
export function isStreamFull(error: unknown): boolean {
  return hasCode(error, CODES.storeFailed) && (error as Error).message.includes('maximum');
}

/** Returns whether no server accepted the request: a nats-server that starts has no JetStream at first. */
export function isNoResponders(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (
    cause instanceof errors.NoRespondersError ||
    (cause instanceof errors.RequestError && cause.isNoResponders())
  );
}

/** Returns whether a write may have been stored: no acknowledgement came, or an earlier try is still being stored. */
export function isOutcomeUnknown(error: unknown): boolean {
  return error instanceof errors.TimeoutError || hasCode(error, CODES.duplicateInProcess);
}

/** Returns whether a write that is safe to repeat is worth repeating: its outcome is unknown, or the cause is temporary. */
export function isRetryable(error: unknown): boolean {
  return (
    hasCode(error, CODES.batchIncomplete, CODES.tooManyBatches, CODES.unavailable) ||
    error instanceof errors.TimeoutError ||
    isNoResponders(error)
  );
}

function hasCode(error: unknown, ...codes: number[]): boolean {
  return error instanceof JetStreamApiError && codes.includes(error.code);
}
