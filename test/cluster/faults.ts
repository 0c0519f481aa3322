import type { Fault, FaultName } from '@shoal/contracts';
import type { ClusterProcess, RunningCluster } from './running-cluster.ts';
import { valueOf } from './metrics.ts';
import { until } from './until.ts';

/** Switches a fault; resolves when every process that runs says so. */
export async function switchFault(cluster: RunningCluster, name: FaultName, enabled: boolean): Promise<void> {
  const { status, body } = await cluster.api.fetch<Fault>(`/api/faults/${name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ enabled }),
  });
  if (status !== 200) throw new Error(`PUT /api/faults/${name} answered ${status}: ${JSON.stringify(body)}`);
  await until(`${name} is ${enabled ? 'on' : 'off'} everywhere`, async () => {
    const apps = cluster.processes.filter(({ role }) => role !== 'nats');
    const seen = await Promise.all(apps.map((process) => isOn(process, name)));
    return seen.every((on) => on === enabled);
  });
}

async function isOn(process: ClusterProcess, name: FaultName): Promise<boolean> {
  return (await valueOf(process, 'shoal_fault_enabled', { fault: name })) === 1;
}

/** Does something while these faults, and no others, are on. */
export async function withFaults<T>(
  cluster: RunningCluster,
  names: FaultName[],
  task: () => Promise<T>,
): Promise<T> {
  for (const name of names) await switchFault(cluster, name, true);
  try {
    return await task();
  } finally {
    for (const name of names) await switchFault(cluster, name, false);
  }
}
