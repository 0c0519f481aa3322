import type { Span } from '@opentelemetry/api';

/** Of the span itself: a WeakMap of all that are under way would cost the garbage collector much more. */
const TELL = Symbol('tell');
type Told = { [TELL]?: (() => void)[] };

/**
 * For a request that is not sampled: what makes its other spans afterwards, should it be kept. To remember it costs next to nothing.
 * @param request the request's own span
 * @param tell runs when that span has ended, which is sampled from then on; spans that it starts below are exported
 */
export function whenKept(request: Span, tell: () => void): void {
  if (!request.isRecording()) return;
  ((request as Told)[TELL] ??= []).push(tell);
}

/** Makes what was to be made when this request is kept. */
export function tellOf(request: object): void {
  for (const tell of (request as Told)[TELL] ?? []) tell();
}
