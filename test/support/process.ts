import { readFileSync } from 'node:fs';
import type { ClusterProcess } from './cluster.ts';

/** Memory that a process has in use; Linux only. */
export function residentBytes({ pid }: Pick<ClusterProcess, 'pid'>): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

/** What a process shows of a metric: the sum over all its labels. */
export async function metricOf({ url }: ClusterProcess, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:{[^}]*})? (\\d+)`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
