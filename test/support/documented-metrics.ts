import { readFileSync } from 'node:fs';
import path from 'node:path';

const DOCS = path.resolve(import.meta.dirname, '../../docs');

/** Returns the metric names in the generated reference and in docs/telemetry.md. A name that ends with `*` is a prefix. */
export function documentedMetricNames(): string[] {
  return ['reference/metrics.md', 'telemetry.md'].flatMap((file) => {
    const names = readFileSync(path.join(DOCS, file), 'utf8').matchAll(/`([a-z]+_[a-z_*]+)`/g);
    return [...names].map(([, name]) => name!);
  });
}
