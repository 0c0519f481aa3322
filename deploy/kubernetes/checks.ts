import { once } from 'node:events';
import { createServer } from 'node:net';
import { Trouble } from '../local/src/trouble.ts';
import { command } from './command.ts';
import { portOf, PORTS } from './ports.ts';

/** What three nodes and all pods take together, with room for an image build. */
const NEEDED_MB = 5000;
const MB = 1e6;

/** @throws Trouble when Docker is not there, or has too little memory for a cluster */
export async function checkDocker(): Promise<void> {
  const memory = await command(['docker', 'info', '--format', '{{.MemTotal}}']).catch((cause: Error) => {
    throw new Trouble(`a cluster of containers needs Docker, and it does not answer (${cause.message})`);
  });
  if (Number(memory) < NEEDED_MB * MB)
    throw new Trouble(
      `Docker has ${Math.floor(Number(memory) / MB)} MB of memory and this needs ${NEEDED_MB}: give it more, or try docker compose up`,
    );
}

/** @throws Trouble that says where it is to be had */
export async function checkProgram(program: string, ...args: string[]): Promise<void> {
  const where = { kubectl: 'https://kubernetes.io/docs/tasks/tools', kind: 'https://kind.sigs.k8s.io' }[
    program
  ];
  await command([program, ...args]).catch((cause: Error) => {
    throw new Trouble(`${cause.message}${where ? ` (${where})` : ''}`);
  });
}

/** @throws Trouble when something listens already where the cluster is to be published */
export async function checkPorts(): Promise<void> {
  for (const port of Object.values(PORTS)) await checkPort(portOf(port), port.variable);
}

async function checkPort(port: number, variable: string): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new Trouble(
      `port ${port} cannot be had (${code}): give another one, ${variable}=${port + 10_000} npm run kind:up`,
    );
  });
  server.close();
  await once(server, 'close');
}
