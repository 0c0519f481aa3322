import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import type { ClusterProcess } from '../cluster/running-cluster.ts';

/** Of Linux on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU since some beginning, by role of the cluster's processes, and `machine` for all processes there are. */
export type CpuTimes = Map<string, number>;

/** Without /proc only `machine` is known. */
export function cpuTimes(processes: readonly ClusterProcess[]): CpuTimes {
  const busy = cpus().map(({ times: { user, nice, sys, irq } }) => user + nice + sys + irq);
  const times: CpuTimes = new Map([['machine', busy.reduce((sum, ms) => sum + ms, 0) / 1_000]]);
  try {
    for (const { role, pid } of processes) times.set(role, (times.get(role) ?? 0) + secondsOf(pid));
  } catch {
    return new Map([...times].slice(0, 1));
  }
  return times;
}

function secondsOf(pid: number): number {
  // Behind the name, which may hold anything: state, then 10 more fields, then the ticks in user and system mode.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds of CPU that all processes of the cluster took between two readings; NaN where that cannot be read. */
export function clusterSeconds(before: CpuTimes, after: CpuTimes): number {
  const total = (times: CpuTimes) =>
    [...times].reduce((sum, [role, seconds]) => (role === 'machine' ? sum : sum + seconds), 0);
  return after.size > 1 ? total(after) - total(before) : NaN;
}

/** Who took how much of a core between two readings. What nobody here took, others did: the fewer the better. */
export function describeCpu(before: CpuTimes, after: CpuTimes, generator: number, seconds: number): string {
  const spent = new Map([...after].map(([role, total]) => [role, total - (before.get(role) ?? 0)]));
  const machine = spent.get('machine')!;
  spent.delete('machine');
  spent.set('generator', generator);
  const known = [...spent.values()].reduce((sum, one) => sum + one, 0);
  const shares = [...spent, ['others', machine - known] as const];
  const percent = shares.map(([role, took]) => `${role} ${Math.max(0, (took / seconds) * 100).toFixed(0)}`);
  return `CPU, % of one of ${cpus().length} cores: ${percent.join(', ')}`;
}
