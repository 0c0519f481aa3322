import path from 'node:path';
import type { ProcessSpec } from '../launch.js';
import { HOST } from '../ports.js';
import type { Programs } from './programs.js';

/** How to run a program that watches the cluster. */
export interface Watcher extends ProcessSpec {
  /** File in deploy/observability: the same as in containers. */
  configuration: string;
  /** Answers 200 once it works. */
  healthUrl: string;
  /** Its page, or what shows its metrics. */
  url: string;
}

/** Observability programs to start, as far as they are installed. */
export interface ObservePlan {
  watchers: Watcher[];
  /** Where the processes send traces and logs, where traces are shown, and who counts the spans (`host:port`). */
  tracing?: { otlpUrl: string; jaegerUrl: string; spanMetrics: string };
  /** Prometheus' page. */
  prometheusUrl?: string;
}

/** Number of free ports that a plan needs. */
export const OBSERVE_PORTS = 12;

/** Returns the path of a program's configuration while it runs. */
export const observeConfigPath = (dataRoot: string, name: string): string =>
  path.join(dataRoot, 'observe', `${name}.yaml`);

/** @param ports OBSERVE_PORTS free ones */
export function observePlan(programs: Programs, dataRoot: string, ports: number[]): ObservePlan {
  const rest = ports.values();
  const free = (): string => `${HOST}:${rest.next().value}`;
  const plan: ObservePlan = { watchers: [] };
  // Without Jaeger the gateway's queue would only fill, and without the collectors Jaeger would stay empty.
  if (programs.collector && programs.jaeger) {
    const [jaegerOtlp, gatewayOtlp, sidecarOtlp, spanMetrics] = [free(), free(), free(), free()];
    const jaeger = jaegerWatcher(programs.jaeger, dataRoot, jaegerOtlp, free);
    const gateway = collectorWatcher('gateway', programs.collector, dataRoot, gatewayOtlp, free, {
      JAEGER_OTLP_URL: `http://${jaegerOtlp}`,
      SPAN_METRICS_LISTEN: spanMetrics,
    });
    const sidecar = collectorWatcher('sidecar', programs.collector, dataRoot, sidecarOtlp, free, {
      GATEWAY_URL: `http://${gatewayOtlp}`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=local',
    });
    plan.watchers.push(jaeger, gateway, sidecar);
    plan.tracing = { otlpUrl: `http://${sidecarOtlp}`, jaegerUrl: jaeger.url, spanMetrics };
  }
  if (programs.prometheus) {
    const prometheus = prometheusWatcher(programs.prometheus, dataRoot, free());
    plan.watchers.push(prometheus);
    plan.prometheusUrl = prometheus.url;
  }
  return plan;
}

function jaegerWatcher(command: string, dataRoot: string, otlp: string, free: () => string): Watcher {
  const [page, grpc, health] = [free(), free(), free()];
  return {
    ...configured('jaeger', command, ['--config'], dataRoot),
    env: {
      OTLP_LISTEN: otlp,
      QUERY_LISTEN: page,
      QUERY_GRPC_LISTEN: grpc,
      HEALTH_LISTEN: health,
      // Jaeger would send its own spans to a fixed port, where no or another program listens.
      OTEL_TRACES_SAMPLER: 'always_off',
    },
    configuration: 'jaeger.yaml',
    healthUrl: `http://${health}/status`,
    url: `http://${page}`,
  };
}

function collectorWatcher(
  name: 'sidecar' | 'gateway',
  command: string,
  dataRoot: string,
  otlp: string,
  free: () => string,
  env: Record<string, string>,
): Watcher {
  const [metrics, health] = [free(), free()];
  const url = `http://${metrics}`;
  return {
    ...configured(name, command, ['--config'], dataRoot),
    env: {
      OTLP_LISTEN: otlp,
      METRICS_PORT: new URL(url).port,
      HEALTH_LISTEN: health,
      STORAGE_DIR: path.join(dataRoot, 'observe', name),
      ...env,
    },
    configuration: `${name}.yaml`,
    healthUrl: `http://${health}/`,
    url,
  };
}

function prometheusWatcher(command: string, dataRoot: string, page: string): Watcher {
  const args = [
    `--web.listen-address=${page}`,
    `--storage.tsdb.path=${path.join(dataRoot, 'observe/prometheus')}`,
    // Alerts look back for three days.
    '--storage.tsdb.retention.time=4d',
    '--storage.tsdb.retention.size=512MB',
    '--enable-feature=exemplar-storage',
    '--config.file',
  ];
  const url = `http://${page}`;
  return {
    ...configured('prometheus', command, args, dataRoot),
    env: {},
    configuration: 'prometheus.yml',
    healthUrl: `${url}/-/ready`,
    url,
  };
}

function configured(name: string, command: string, args: string[], dataRoot: string) {
  // The path comes last: so the next start knows a process that a killed run left behind (leftovers.ts).
  const program = { command, args: [...args, observeConfigPath(dataRoot, name)] };
  return { name, role: 'telemetry' as const, program };
}
