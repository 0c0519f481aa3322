import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NATS_ROLES } from '@shoal/contracts';
import { natsConfig } from '@shoal/local/nats-config';
import { natsUsers, secret } from '@shoal/local/nats-users';
import { StartupError } from '@shoal/local/startup-error';
import { generate } from 'selfsigned';

/** Like the local run's access.json: read by NATS clients of an operator, and by the next start. */
interface Access {
  servers: string[];
  passwords: Record<string, string>;
  routePassword: string;
  apiKey: string;
}

/** Both PEM. */
interface Certificate {
  certificate: string;
  key: string;
}

const MB = 1e6;
const CLIENT_PORT = 4222;
const ROUTE_PORT = 6222;
const MONITOR_PORT = 8222;
/** nats-server reads this variable from its environment, because the limit depends on its disk. */
const MAX_STORE = '$MAX_FILE_STORE';

const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 365;
/** Time that an operator who seldom restarts has to renew. */
const RENEW_DAYS = 30;
const NAME = 'localhost';
/** Node's form of a certificate's subject. */
const SUBJECT = `CN=${NAME}`;

/**
 * Prevents a start that would fail later, container by container, for lack of memory.
 * @param totalBytes memory of the machine, or of Docker's virtual machine
 * @param neededMb memory of all containers together
 * @throws StartupError if the memory is too small
 */
export function checkMemory(totalBytes: number, neededMb: number): void {
  if (totalBytes >= neededMb * MB) return;
  throw new StartupError(
    `Docker has ${Math.floor(totalBytes / MB)} MB of memory and this needs ${neededMb} MB: give it more, or start less ` +
      '(docker compose -f deploy/compose/core.yaml up)',
  );
}

/**
 * Creates the secrets of a cluster: passwords of the NATS users, configurations of the nats-servers, an API key and a TLS
 * certificate. Existing secrets stay, because running processes use them.
 * @param folder has a subfolder for each reader
 * @param hosts hosts of the nats-servers; the first label of each is the server's name
 * @param storeDir JetStream's folder
 */
export async function makeSecrets(folder: string, hosts: string[], storeDir: string): Promise<void> {
  const access = readAccess(folder) ?? newAccess();
  access.servers = hosts.map((host) => `${host}:${CLIENT_PORT}`);
  // Also covers a role that is new in this release.
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

/** Creates a self-signed certificate for the loopback names, as a browser on this machine needs. */
export async function makeCertificate(now = Date.now()): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: NAME }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + VALID_DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: NAME },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { certificate: made.cert, key: made.private };
}

/** Returns true for a certificate of {@link makeCertificate} that expires within RENEW_DAYS. Operators renew their own. */
function isToBeRenewed(certificate: string, now = Date.now()): boolean {
  const { subject, issuer, validToDate } = new X509Certificate(certificate);
  const isOurs = subject === SUBJECT && issuer === SUBJECT;
  return isOurs && validToDate.getTime() < now + RENEW_DAYS * DAY_MS;
}

function newAccess(): Access {
  return { servers: [], passwords: {}, routePassword: secret(), apiKey: secret() };
}

function readAccess(folder: string): Access | undefined {
  const file = path.join(folder, 'operator/access.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Access) : undefined;
}

/** Writes a file that only its owner can read. */
function write(folder: string, name: string, content: string): void {
  writeFileSync(path.join(folder, name), content, { mode: 0o600 });
}
