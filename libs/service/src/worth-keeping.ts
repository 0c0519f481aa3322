import { ATTRIBUTE } from '@shoal/contracts';
import { SpanStatusCode, type EndedRequest } from '@shoal/telemetry';

/** From here on an answer counts as slow, in ms; the gateway's tail sampling and the objective of the alerts say the same, or configuration.spec.ts fails. */
export const SLOW_MS = 250;

/** Whether a request's trace is exported although it was not sampled: it failed, was shed, degraded or slow. */
export function isWorthKeeping({ attributes, status, durationMs }: EndedRequest): boolean {
  return (
    status.code === SpanStatusCode.ERROR ||
    attributes[ATTRIBUTE.degraded] === true ||
    attributes[ATTRIBUTE.shed] !== undefined ||
    durationMs >= SLOW_MS
  );
}
