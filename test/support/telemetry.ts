import { findPrograms } from '../../deploy/local/src/observe/programs.ts';

const programs = findPrograms();

/** Whether `--observe` has all that it starts. */
export const canObserve = Object.values(programs).every((file) => file !== undefined);

/** Asks Jaeger for a trace. @returns its spans, or undefined while it knows none */
export async function traceOf(jaegerUrl: string, traceId: string): Promise<JaegerSpan[] | undefined> {
  const response = await fetch(`${jaegerUrl}/api/traces/${traceId}`);
  if (!response.ok) return undefined;
  const { data } = (await response.json()) as { data: { spans: JaegerSpan[] }[] };
  return data[0]?.spans;
}

export interface JaegerSpan {
  traceID: string;
  spanID: string;
  operationName: string;
}
