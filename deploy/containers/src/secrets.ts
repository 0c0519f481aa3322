import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NATS_ROLES } from '@shoal/contracts';
import { natsConfig } from '@shoal/local/nats-config';
import { natsUsers, secret } from '@shoal/local/nats-users';
import { isToBeRenewed, makeCertificate } from './certificate.js';

/** As in the local run's access.json: for a person with a NATS client, and for us at the next start. */
interface Access {
  servers: string[];
  passwords: Record<string, string>;
  routePassword: string;
  apiKey: string;
}

const CLIENT_PORT = 4222;
const ROUTE_PORT = 6222;
const MONITOR_PORT = 8222;
/** Read by nats-server from its environment: it stands where the size of its disk stands. */
const MAX_STORE = '$MAX_FILE_STORE';

/**
 * Makes all secrets of a cluster, each in the folder of those who may read it: a password for each role, nats-server's
 * configurations, an API key, and a certificate for TLS. What is there already stays as it is, since processes that run know it.
 * @param folder has a subfolder for each reader
 * @param hosts of the nats-servers; the first part of each is the server's name
 * @param storeDir where they keep JetStream
 */
export async function makeSecrets(folder: string, hosts: string[], storeDir: string): Promise<void> {
  const access = readAccess(folder) ?? newAccess();
  access.servers = hosts.map((host) => `${host}:${CLIENT_PORT}`);
  // A role that is new in this release gets one as well.
  const users = natsUsers((name) => (access.passwords[name] ??= secret()));
  write(folder, 'operator/access.json', `${JSON.stringify(access, null, 2)}\n`);

  const peers = hosts.map((host) => `${host}:${ROUTE_PORT}`);
  hosts.forEach((host, i) => {
    const [name = host] = host.split('.');
    const node = {
      name,
      host: '0.0.0.0',
      clientPort: CLIENT_PORT,
      monitorPort: MONITOR_PORT,
      maxStore: MAX_STORE,
      cluster: { port: ROUTE_PORT, peers: peers.filter((_, other) => other !== i), isSilent: true },
    };
    write(
      folder,
      `nats/${name}.conf`,
      natsConfig(node, storeDir, { users, routePassword: access.routePassword }),
    );
  });
  for (const role of NATS_ROLES) write(folder, `${role}/nats-password`, access.passwords[role]!);
  write(folder, 'api-key/api-key', access.apiKey);
  await keepCertificate(folder);
}

async function keepCertificate(folder: string): Promise<void> {
  const file = path.join(folder, 'tls/tls.crt');
  if (existsSync(file) && !isToBeRenewed(readFileSync(file, 'utf8'))) return;
  const { certificate, key } = await makeCertificate();
  write(folder, 'tls/tls.key', key);
  write(folder, 'tls/tls.crt', certificate);
}

function newAccess(): Access {
  return { servers: [], passwords: {}, routePassword: secret(), apiKey: secret() };
}

function readAccess(folder: string): Access | undefined {
  const file = path.join(folder, 'operator/access.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Access) : undefined;
}

/** For its reader alone. */
function write(folder: string, name: string, content: string): void {
  writeFileSync(path.join(folder, name), content, { mode: 0o600 });
}
