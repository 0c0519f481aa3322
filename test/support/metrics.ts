import type { ClusterProcess } from './cluster.ts';

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
