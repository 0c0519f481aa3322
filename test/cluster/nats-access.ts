import { readFileSync } from 'node:fs';
import path from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { inboxPrefix, NATS_ROLES, type NatsRole } from '@shoal/contracts';
import type { Cluster } from './cluster.ts';

interface Access {
  servers: string[];
  passwords: Record<NatsRole | 'operator', string>;
}

/** How to get at a cluster's NATS: `nats/access.json` in its data folder. */
export function natsAccess(cluster: Cluster): Access {
  return JSON.parse(readFileSync(path.join(cluster.data, 'nats/access.json'), 'utf8')) as Access;
}

/** Connects to a cluster's NATS as one of its users; the operator may do everything. */
export function connectAs(cluster: Cluster, user: NatsRole | 'operator'): Promise<NatsConnection> {
  const { servers, passwords } = natsAccess(cluster);
  const role = NATS_ROLES.find((name) => name === user);
  return connect({
    servers,
    user,
    pass: passwords[user],
    ...(role && { inboxPrefix: inboxPrefix(role) }),
    timeout: 2_000,
  });
}
