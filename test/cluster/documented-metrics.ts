import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ClusterProcess } from './running-cluster.ts';

const TELEMETRY = path.resolve(import.meta.dirname, '../../docs/telemetry.md');

/** A row of the tables in docs/telemetry.md. */
export interface DocumentedMetric {
  /** With `*` at its end: all whose names begin so. */
  name: string;
  labels: string[];
}

/** The metrics that a kind of process has, as docs/telemetry.md says. */
export function documentedMetrics(role: Exclude<ClusterProcess['role'], 'nats'>): DocumentedMetric[] {
  const [, section = ''] =
    /^## Metrics\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readFileSync(TELEMETRY, 'utf8')) ?? [];
  return section
    .split(/^### /m)
    .filter((part) => part.startsWith('Every process') || part.toLowerCase().startsWith(role))
    .flatMap((part) => [...part.matchAll(/^\| `([a-z_*]+)` +\| ([^|]*)\|/gm)])
    .map(([, name, labels]) => ({
      name: name!,
      labels: [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!),
    }));
}

/** The names in the first column of all tables in docs/telemetry.md that are a metric's; with `*` at its end: all that begin so. */
export function documentedMetricNames(): string[] {
  const cells = readFileSync(TELEMETRY, 'utf8').matchAll(/^\| (`[^|]+)\|/gm);
  return [...cells].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([a-z]+_[a-z_*]+)`/g)].map(([, name]) => name!),
  );
}

/** Metrics in a PromQL expression: all words but labels, durations, functions and keywords. */
export function metricsIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"|\{[^}]*\}|\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|on|without|ignoring|group_left|group_right) *\([^)]*\)/g, '')
    .replaceAll(/\b(?:and|or|unless|offset|bool)\b/g, '');
  return bare.match(/\b[a-z_][\w:]*\b(?! *\()/g) ?? [];
}
