import type { Histogram, LabelValues } from 'prom-client';
import { isSampled, traceIdOf } from './traceparent.js';

/**
 * Observes a value. When its trace is recorded, the trace's id becomes the exemplar of the value's bucket: an example of
 * who was so slow, one click away from a graph.
 * @param histogram one with `enableExemplars`
 * @param traceparent a valid one; undefined: there is none
 */
export function observeTraced<T extends string>(
  histogram: Histogram<T>,
  labels: LabelValues<T>,
  value: number,
  traceparent: string | undefined,
): void {
  // An exemplar is work beside the observation, and one of a trace that nobody recorded leads nowhere.
  if (traceparent === undefined || !isSampled(traceparent)) return histogram.observe({ labels, value });
  const exemplarLabels = { trace_id: traceIdOf(traceparent) } as LabelValues<string>;
  histogram.observe({ labels, value, exemplarLabels });
}
