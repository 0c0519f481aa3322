import type { ClusterProcess } from './running-cluster.ts';

/** One value of a metric. */
export interface Sample {
  /** As in the text: of a histogram with `_bucket`, `_sum` or `_count` at its end. */
  name: string;
  /** But for the two that say which process it is. */
  labels: Record<string, string>;
  value: number;
}

export interface Metric {
  type: string;
  help: string;
  samples: Sample[];
}

const OF_THE_PROCESS = ['service_name', 'service_instance_id'];

/** What a process answers to a scrape. @param accept a format, default the text format of Prometheus */
export async function scrape({ name, url }: ClusterProcess, accept = 'text/plain'): Promise<string> {
  if (!url) throw new Error(`${name} does not listen`);
  const response = await fetch(`${url}/metrics`, { headers: { accept }, signal: AbortSignal.timeout(5_000) });
  return response.text();
}

/** Reads Prometheus' text format. @returns the metrics by name */
export function parseMetrics(text: string): Map<string, Metric> {
  const metrics = new Map<string, Metric>();
  const metric = (name: string) => {
    if (!metrics.has(name)) metrics.set(name, { type: '', help: '', samples: [] });
    return metrics.get(name)!;
  };
  for (const line of text.split('\n')) {
    const [, word, name, rest = ''] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? [];
    if (name) metric(name)[word === 'HELP' ? 'help' : 'type'] = rest;
    const sample = readSample(line);
    if (sample) metric(familyOf(sample.name, metrics)).samples.push(sample);
  }
  return metrics;
}

function readSample(line: string): Sample | null {
  const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!name) return null;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, text]) => [label!, text!]);
  return {
    name,
    labels: Object.fromEntries(pairs.filter(([label]) => !OF_THE_PROCESS.includes(label!))),
    value: Number(value),
  };
}

function familyOf(sample: string, metrics: Map<string, Metric>): string {
  const histogram = sample.replace(/_(bucket|sum|count)$/, '');
  return metrics.get(histogram)?.type === 'histogram' ? histogram : sample;
}
