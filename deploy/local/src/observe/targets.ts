import type { RunningProcess } from '../supervisor.js';

/** Group of targets in the format of Prometheus' file_sd. */
export interface TargetGroup {
  targets: string[];
  labels: Record<string, string>;
}

/**
 * Returns the scrape targets of Prometheus: every process with metrics at its url. `instance` is its name, so that a series
 * continues when the process restarts at another port.
 */
export function targetsOf(processes: RunningProcess[]): TargetGroup[] {
  return processes.flatMap(({ name, role, url }) =>
    url === undefined || showsNoMetrics({ name, role })
      ? []
      : [
          {
            targets: [new URL(url).host],
            labels: { job: role === 'telemetry' ? name : role, instance: name },
          },
        ],
  );
}

const showsNoMetrics = ({ name, role }: Pick<RunningProcess, 'name' | 'role'>): boolean =>
  role === 'nats' || name === 'jaeger';
