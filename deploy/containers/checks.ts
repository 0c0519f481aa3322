import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartupError } from '../local/src/startup-error.ts';
import { command } from './command.ts';
import { portOf, type PortName, PORTS } from './ports.ts';

const MB = 1e6;
const WHERE: Record<string, string> = {
  docker: 'https://docs.docker.com/get-started/get-docker',
  kubectl: 'https://kubernetes.io/docs/tasks/tools',
  kind: 'https://kind.sigs.k8s.io',
};

/** @throws StartupError that says where it is to be had */
export async function checkProgram(program: string, ...args: string[]): Promise<void> {
  await command([program, ...args]).catch((cause: Error) => {
    throw new StartupError(`${cause.message}${WHERE[program] ? ` (${WHERE[program]})` : ''}`);
  });
}

/** @throws StartupError when there is no Docker, or its daemon does not run */
export async function checkDocker(): Promise<void> {
  await checkProgram('docker', '--version');
  // `docker info` would do without a daemon: it prints zeros, and is content.
  await command(['docker', 'version', '--format', '{{.Server.Version}}']).catch((cause: Error) => {
    throw new StartupError(`Docker is there but does not run: start it (${cause.message})`);
  });
}

/** @throws StartupError when Docker has less memory than is needed, with what to do otherwise */
export async function checkMemory(neededMb: number, otherwise: string): Promise<void> {
  const memory = Number(await command(['docker', 'info', '--format', '{{.MemTotal}}']));
  if (memory < neededMb * MB)
    throw new StartupError(
      `Docker has ${Math.floor(memory / MB)} MB of memory and this needs ${neededMb}: give it more, or ${otherwise}`,
    );
}

/**
 * @param again what to call with another port
 * @throws StartupError when something listens already where these are to be published
 */
export async function checkPorts(names: PortName[], again: string): Promise<void> {
  for (const name of names) await checkPort(portOf(PORTS[name]), PORTS[name].variable, again);
}

async function checkPort(port: number, variable: string, again: string): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new StartupError(
      `port ${port} cannot be had (${code}): give another one, ${variable}=${port + 10_000} ${again}`,
    );
  });
  server.close();
  await once(server, 'close');
}
