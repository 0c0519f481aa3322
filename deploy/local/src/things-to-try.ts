import type { ManagedProcess } from './child.js';
import type { ObservePlan } from './observe/plan.js';

/** Suggestions for a ready cluster: a search by hand, in a browser, and with a process killed. */
export function thingsToTry(
  url: string,
  shards: ManagedProcess[],
  replicas: number,
  { tracing, prometheusUrl }: Partial<ObservePlan>,
): string {
  const victim = shards.at(-1);
  const meanwhile =
    replicas > 1 ? 'its other replica answers' : 'the answer says which part of it is missing';
  return [
    '',
    `  search       curl -s '${url}/api/search?q=sea+fish&size=3'`,
    `  look         ${url}`,
    ...(tracing ? [`  traces       ${tracing.jaegerUrl}   (Jaeger)`] : []),
    ...(prometheusUrl ? [`  metrics      ${prometheusUrl}   (Prometheus)`] : []),
    `  break it     kill -9 ${victim?.pid}   (${victim?.spec.name}; then search again: ${meanwhile}, and it comes back)`,
    '',
    '  Ctrl-C ends it.',
  ].join('\n');
}
