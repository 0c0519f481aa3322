import type { Histogram, LabelValues } from 'prom-client';

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
  // An exemplar costs as much as the observation, and one of a trace that nobody recorded leads nowhere.
  if (traceparent === undefined || !isSampled(traceparent)) return histogram.observe({ labels, value });
  const exemplarLabels = {
    trace_id: traceparent.slice(TRACE_ID_AT, PARENT_ID_AT - 1),
  } as LabelValues<string>;
  histogram.observe({ labels, value, exemplarLabels });
}

// Where the parts of `00-traceid-parentid-flags` begin.
const TRACE_ID_AT = 3;
const PARENT_ID_AT = 36;
const FLAGS_AT = 53;

function isSampled(traceparent: string): boolean {
  return (parseInt(traceparent.slice(FLAGS_AT, FLAGS_AT + 2), 16) & 1) === 1;
}
