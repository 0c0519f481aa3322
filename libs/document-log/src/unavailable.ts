import { JetStreamApiError } from '@nats-io/jetstream';

const UNAVAILABLE = 10008;

/**
 * Whether JetStream is "temporarily unavailable": the server that answered knows no leader, as when it hung and has just woken. It may be faster
 * with this than the leader is with the answer.
 */
export function isUnavailable(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === UNAVAILABLE;
}
