import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { freePorts, HOST } from '@shoal/local/ports';
import { until } from '../../cluster/until.ts';

const CONFIGURATION = path.resolve(import.meta.dirname, '../../../deploy/ambassador/envoy.yaml');

/** As far as places are concerned. */
interface EnvoyConfig {
  static_resources: { listeners: { name: string; address: Address }[]; clusters: Cluster[] };
  admin: { address: Address };
}
interface Cluster {
  name: string;
  load_assignment: { endpoints: [{ lb_endpoints: { endpoint: Endpoint }[] }] };
}
interface Endpoint {
  address: Address;
  health_check_config?: { port_value: number };
}
interface Address {
  socket_address: { address: string; port_value: number };
}

/** Where a nats-server is asked, and where it is probed. */
export interface Backend {
  port: number;
  monitorPort: number;
}

/** What Envoy itself counts of the servers behind it. */
export interface Stats {
  /** Servers that it would give a connection to. */
  healthy: number;
  /** Connections begun to any of them. */
  connections: number;
  /** Of these, in vain. */
  failed: number;
  /** Servers put out for rejecting, before a probe said so. */
  ejected: number;
  /** Callers sent away because nobody was healthy. */
  noneHealthy: number;
  /** Callers sent away because there were too many. */
  overflow: number;
}

export interface Ambassador {
  /** All that a caller has to know. */
  port: number;
  stats(): Promise<Stats>;
  stop(): Promise<void>;
}

/** Runs Envoy with deploy/ambassador/envoy.yaml as it is, but for places: ports that are free here, and these servers. */
export async function startAmbassador(envoy: string, backends: Backend[]): Promise<Ambassador> {
  const [port, metricsPort, adminPort] = (await freePorts(3)) as [number, number, number];
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-ambassador-'));
  const file = path.join(folder, 'envoy.yaml');
  writeFileSync(file, stringify(movedTo({ port, metricsPort, adminPort }, backends)));
  const child = spawn(
    envoy,
    ['-c', file, '--concurrency', '1', '--disable-hot-restart', '--log-level', 'error'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-2000)));
  // Whoever runs this may be ended.
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const ended = once(child, 'exit');
  const admin = `http://${HOST}:${adminPort}`;
  const stop = async (): Promise<void> => {
    process.off('exit', killAtExit);
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true });
  };
  try {
    await until('Envoy is ready', async () => child.exitCode !== null || (await fetch(`${admin}/ready`)).ok);
    if (child.exitCode !== null) throw new Error(`Envoy ended at once:\n${log}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stats: () => readStats(admin), stop };
}

function movedTo(
  ports: { port: number; metricsPort: number; adminPort: number },
  backends: Backend[],
): EnvoyConfig {
  const config = parse(readFileSync(CONFIGURATION, 'utf8')) as EnvoyConfig;
  const { listeners, clusters } = config.static_resources;
  const listen: Record<string, number> = { nats: ports.port, metrics: ports.metricsPort };
  for (const listener of listeners) listener.address = here(listen[listener.name]!);
  const endpoints: Record<string, Endpoint[]> = {
    nats: backends.map(({ port, monitorPort }) => ({
      address: here(port),
      health_check_config: { port_value: monitorPort },
    })),
    admin: [{ address: here(ports.adminPort) }],
  };
  for (const { name, load_assignment } of clusters)
    load_assignment.endpoints[0].lb_endpoints = endpoints[name]!.map((endpoint) => ({ endpoint }));
  config.admin.address = here(ports.adminPort);
  return config;
}

const here = (port: number): Address => ({ socket_address: { address: HOST, port_value: port } });

async function readStats(admin: string): Promise<Stats> {
  const response = await fetch(`${admin}/stats?format=json&filter=^cluster\\.nats\\.`);
  const { stats } = (await response.json()) as { stats: { name?: string; value: number }[] };
  const value = (name: string): number => {
    const found = stats.find((stat) => stat.name === `cluster.nats.${name}`);
    if (!found) throw new Error(`Envoy has no cluster.nats.${name}`);
    return found.value;
  };
  return {
    healthy: value('membership_healthy'),
    connections: value('upstream_cx_total'),
    failed: value('upstream_cx_connect_fail'),
    ejected: value('outlier_detection.ejections_enforced_total'),
    noneHealthy: value('upstream_cx_none_healthy'),
    overflow: value('upstream_cx_overflow'),
  };
}
