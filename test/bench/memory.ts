import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ClusterProcess } from '../cluster/running-cluster.ts';

/** Resident memory in MB of the largest process of each role. Only where there is /proc. */
export function residentMb(processes: readonly ClusterProcess[]): Map<string, number> {
  const largest = new Map<string, number>();
  for (const { role, pid } of processes) {
    const [, kiB] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))!;
    largest.set(role, Math.max(largest.get(role) ?? 0, (Number(kiB) * 1024) / 1e6));
  }
  return largest;
}

/** What the files in a folder hold, in MB. */
export function filesMb(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return (
    files.reduce((sum, { parentPath, name }) => sum + statSync(path.join(parentPath, name)).size, 0) / 1e6
  );
}
