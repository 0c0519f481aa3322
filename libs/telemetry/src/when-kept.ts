import type { Span } from '@opentelemetry/api';
import { Sketch } from './sketch.js';

/**
 * For a request that is not sampled: what makes its other spans afterwards, should it be kept. To remember it costs next to nothing.
 * @param request the request's own span
 * @param tell runs when that span has ended, which is sampled from then on; spans that it starts below are exported
 */
export function whenKept(request: Span, tell: () => void): void {
  if (request instanceof Sketch && request.isRecording()) request.whenKept(tell);
}
