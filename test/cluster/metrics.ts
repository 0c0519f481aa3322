import { readFileSync } from 'node:fs';
import type { ClusterProcess } from './running-cluster.ts';

/**
 * One number of a process's `/metrics`: the sum of all samples that bear these labels; 0 when there is none.
 * @param name of the sample, as `shoal_shard_expired_total`
 */
export async function valueOf(
  { name: process, url }: Pick<ClusterProcess, 'name' | 'url'>,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  if (!url) throw new Error(`${process} does not listen`);
  const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) })).text();
  const samples = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return samples
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Resident memory of a process, from /proc: Linux only. */
export function residentBytes({ pid }: Pick<ClusterProcess, 'pid'>): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
