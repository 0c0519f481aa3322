import type { Span } from '@opentelemetry/api';

const tellers = new WeakMap<object, (() => void)[]>();

/**
 * For a request that is not sampled: what makes its other spans afterwards, should it be kept. To remember it costs next to nothing.
 * @param request the request's own span
 * @param tell runs when that span has ended, which is sampled from then on; spans that it starts below are exported
 */
export function whenKept(request: Span, tell: () => void): void {
  if (!request.isRecording()) return;
  const told = tellers.get(request);
  if (told) told.push(tell);
  else tellers.set(request, [tell]);
}

/** Makes what was to be made when this request is kept. */
export function tellOf(request: object): void {
  for (const tell of tellers.get(request) ?? []) tell();
}
