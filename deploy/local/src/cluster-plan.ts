import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { NatsRole } from '@shoal/contracts';
import type { App, ProcessSpec, Role } from './launch.js';
import { natsConfig, type NatsAccess, type NatsNode } from './nats-config.js';
import type { Options } from './options.js';

const NODE_FLAGS = [
  // Young objects get less room than Node gives by default: 14 processes have to share the machine.
  '--max-semi-space-size=2',
  // V8 collects a heap that has been quiet for 100 s: all processes of one start in the same second, in which every search waits.
  '--no-memory-reducer',
  '--expose-gc',
  `--import=${new URL('collect-garbage.js', import.meta.url).href}`,
];
/**
 * Frontends and roots make much garbage and keep little: without it V8 lets their heaps grow to three times what is alive
 * before it collects. For the shards, which keep much, it would cost a quarter of the load's speed.
 */
const LEAN_FLAGS: Partial<Record<Role, string[]>> = {
  frontend: ['--heap-growing-percent=20'],
  root: ['--heap-growing-percent=20'],
};
/** A new one at every start, so that faults that were left on are off again. */
const RUN = randomUUID();
/** Go lets its heap grow by half instead of doubling it, and collects still earlier as it comes near to the limit. */
const NATS_MEMORY = { GOGC: '50', GOMEMLIMIT: '128MiB' };

/** nats-server by nats-server: how to run it, with the text of its configuration file. */
export function natsSpec(
  node: NatsNode,
  binary: string,
  dataRoot: string,
  access: NatsAccess,
): ProcessSpec & { config: string } {
  return {
    name: node.name,
    role: 'nats',
    program: { command: binary, args: ['--config', natsConfigPath(dataRoot, node.name)] },
    env: NATS_MEMORY,
    config: natsConfig(node, path.join(dataRoot, 'nats', node.name), access),
  };
}

export const natsConfigPath = (dataRoot: string, name: string): string =>
  path.join(dataRoot, 'nats', `${name}.conf`);

export interface AppSurroundings {
  /** Folder of the repository, which contains apps/. */
  repository: string;
  natsUrls: string[];
  /** Password of each role's user. */
  natsPasswords: Record<NatsRole, string>;
  /** The port that the frontends share. */
  edgePort: number;
  /** SHOAL_API_KEYS. */
  apiKeys: string;
  /** Variables that configure the telemetry of each process. */
  telemetry: Record<string, string>;
}

/** Every process of ours, the ones first that others wait for. */
export function appSpecs(options: Options, around: AppSurroundings): ProcessSpec[] {
  const counts: [NatsRole, number][] = [
    ['indexer', options.indexers],
    ['shard', options.members],
    ['root', options.roots],
    ['frontend', options.frontends],
  ];
  return counts.flatMap(([role, count]) =>
    Array.from({ length: count }, (_, i) => appSpec(role, `${role}-${i}`, options, around)),
  );
}

function appSpec(role: NatsRole, name: string, options: Options, around: AppSurroundings): ProcessSpec {
  const env: Record<string, string> = {
    ...nodeEnv(name, around),
    SHOAL_NATS_URL: around.natsUrls.join(','),
    SHOAL_NATS_USER: role,
    SHOAL_NATS_PASSWORD: around.natsPasswords[role],
    SHOAL_SHARDS: String(options.shards),
    SHOAL_REPLICAS: String(options.replicas),
    SHOAL_PARTITIONS: String(options.partitions),
    SHOAL_STREAM_REPLICAS: String(options.nats),
    SHOAL_FAULTS: options.faults,
    SHOAL_RUN: RUN,
  };
  if (role === 'frontend') {
    env.SHOAL_EDGE_HOST = options.host;
    env.SHOAL_EDGE_PORT = String(around.edgePort);
    env.SHOAL_API_KEYS = around.apiKeys;
  }
  return { name, role, program: nodeProgram(name, role, options, around), env };
}

/** Returns an adapter for each nats-server, which exports the server's monitoring to Prometheus. */
export function natsAdapterSpecs(
  servers: { name: string; monitorUrl: string }[],
  options: Options,
  around: AppSurroundings,
): ProcessSpec[] {
  const role = 'nats-adapter';
  return servers.map((server) => {
    const name = server.name.replace('nats', role);
    return {
      name,
      role,
      program: nodeProgram(name, role, options, around),
      env: { ...nodeEnv(name, around), SHOAL_NATS_MONITOR_URL: server.monitorUrl },
    };
  });
}

/** Environment of each Shoal process. */
function nodeEnv(name: string, around: AppSurroundings): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: path.join(around.repository, 'node_modules/.cache/node-compile-cache'),
    // Fewer of glibc's arenas, each of which keeps memory that it has freed.
    MALLOC_ARENA_MAX: '2',
    // Set at all, it stops glibc from raising it to twice the largest block ever freed: after a load that was 50 MB.
    MALLOC_TRIM_THRESHOLD_: String(128 * 1024),
    SHOAL_NAME: name,
    SHOAL_HTTP_PORT: '0',
    ...around.telemetry,
  };
}

function nodeProgram(name: string, role: Role, options: Options, { repository }: AppSurroundings): App {
  return {
    script: path.join(repository, 'apps', role, 'dist/bundle.js'),
    execArgv: [...NODE_FLAGS, ...(LEAN_FLAGS[role] ?? [])],
    // The app reads no arguments; these identify the process in `ps` and to the next start.
    args: [name, options.data],
    sharesPort: role === 'frontend',
  };
}
