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

/** Metrics in a PromQL expression: all words but labels, durations, functions and keywords. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right) *\([^)]*\)/g, '')
    .replaceAll(/\b(?:and|or|unless|offset|bool)\b/g, '');
  return bare.match(/\b[a-z_][\w:]*\b(?! *\()/g) ?? [];
}
