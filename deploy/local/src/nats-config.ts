import { type NatsUser, usersConfig } from './nats-users.js';
import { HOST } from './ports.js';

/** Users that may connect. */
export interface NatsAccess {
  users: readonly NatsUser[];
  /** Secret that the servers of a cluster share. */
  routePassword: string;
}

const ROUTE_USER = 'route';

/** One nats-server. */
export interface NatsNode {
  name: string;
  /** Address that it listens on. */
  host: string;
  clientPort: number;
  monitorPort: number;
  /** Maximum size of JetStream on disk. By default nats-server uses three quarters of the free space at its start. */
  maxStore?: string;
  /** Set when there are several: where this one takes routes, and where the others do (`host:port`). */
  cluster?: {
    port: number;
    peers: string[];
    /** Advertises no other servers to clients, which would otherwise bypass their ambassador. */
    isSilent?: boolean;
  };
}

/** Duration of nats-server's lame duck mode, which Kubernetes uses: all clients have left at its end. The minimum is 30 s. */
const LAME_DUCK = { grace: '5s', duration: '30s' };
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;

/** The configuration file of one nats-server; JetStream keeps its files in `storeDir`. */
export function natsConfig(
  { name, host, clientPort, monitorPort, maxStore, cluster }: NatsNode,
  storeDir: string,
  { users, routePassword }: NatsAccess,
): string {
  const route = `${ROUTE_USER}:${routePassword}`;
  return [
    `server_name: ${JSON.stringify(name)}`,
    `listen: "${host}:${clientPort}"`,
    `http: "${host}:${monitorPort}"`,
    // nats-server's log lines do not name their time zone.
    `logtime_utc: true`,
    `max_payload: ${MAX_PAYLOAD_BYTES}`,
    `lame_duck_grace_period: "${LAME_DUCK.grace}"`,
    `lame_duck_duration: "${LAME_DUCK.duration}"`,
    `jetstream: { store_dir: ${JSON.stringify(storeDir)}${maxStore ? `, max_file_store: ${maxStore}` : ''} }`,
    `authorization: { users: ${usersConfig(users)} }`,
    ...(cluster
      ? [
          `cluster: {`,
          `  name: shoal`,
          `  listen: "${host}:${cluster.port}"`,
          `  authorization: { user: ${ROUTE_USER}, password: "${routePassword}" }`,
          ...(cluster.isSilent ? [`  no_advertise: true`] : []),
          `  routes: [${cluster.peers.map((peer) => `"nats://${route}@${peer}"`).join(', ')}]`,
          `}`,
        ]
      : []),
    '',
  ].join('\n');
}

/**
 * Servers on this machine, each with its ports.
 * @param ports three for each server
 */
export function natsNodes(count: number, ports: number[]): NatsNode[] {
  const routes = ports.slice(2 * count, 3 * count);
  const peers = routes.map((port) => `${HOST}:${port}`);
  return Array.from({ length: count }, (_, i) => ({
    name: `nats-${i}`,
    host: HOST,
    clientPort: ports[i]!,
    monitorPort: ports[count + i]!,
    ...(count > 1 && { cluster: { port: routes[i]!, peers: peers.filter((_, other) => other !== i) } }),
  }));
}
