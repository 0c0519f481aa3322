import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';

/** Whether the server refused a write because its compare-and-set met another sequence than it expected. */
export function isWrongSequence(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}

/** An atomic batch of which a message was lost on the way, as when the connection broke: nothing of it is stored. */
const INCOMPLETE_BATCH = 10176;
const TOO_MANY_BATCHES = 10210;
const JETSTREAM_UNAVAILABLE = 10008;

/** Whether a write may be tried again: its fate is unknown, or it failed for a cause that passes. */
export function isWorthRetrying(error: unknown): boolean {
  if (error instanceof JetStreamApiError) {
    return [INCOMPLETE_BATCH, TOO_MANY_BATCHES, JETSTREAM_UNAVAILABLE].includes(error.code);
  }
  // Nobody answered in time, or at all: a server that starts has no JetStream at first.
  return error instanceof errors.TimeoutError || isNoResponders(error);
}

function isNoResponders(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (
    cause instanceof errors.NoRespondersError ||
    (cause instanceof errors.RequestError && cause.isNoResponders())
  );
}
