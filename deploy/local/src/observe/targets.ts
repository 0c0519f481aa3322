import type { RunningProcess } from '../supervisor.js';

/** Of Prometheus' file_sd. */
export interface TargetGroup {
  targets: string[];
  labels: Record<string, string>;
}

/**
 * What Prometheus has to read: every process that shows metrics at its url. `instance` is its name, so that a series goes on when a
 * process is started again at another port.
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
