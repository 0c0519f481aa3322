import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartupError } from '../local/src/startup-error.ts';
import { command } from './command.ts';
import { portOf, type PortName, PORTS } from './ports.ts';

const MB = 1e6;
const INSTALL_PAGES: Record<string, string> = {
  docker: 'https://docs.docker.com/get-started/get-docker',
  kubectl: 'https://kubernetes.io/docs/tasks/tools',
  kind: 'https://kind.sigs.k8s.io',
};

/** @throws StartupError with the page that explains the installation, if the program cannot be run */
export async function checkProgram(program: string, ...args: string[]): Promise<void> {
  await command([program, ...args]).catch((cause: Error) => {
    const page = INSTALL_PAGES[program];
    throw new StartupError(page ? `${cause.message} (${page})` : cause.message);
  });
}

/** @throws StartupError if Docker is missing or its daemon does not run */
export async function checkDocker(): Promise<void> {
  await checkProgram('docker', '--version');
  // Not `docker info`: without a daemon it prints zeros and succeeds.
  await command(['docker', 'version', '--format', '{{.Server.Version}}']).catch((cause: Error) => {
    throw new StartupError(`Docker is installed but does not run: start it (${cause.message})`);
  });
}

/**
 * @param alternative advice for the memory that Docker has
 * @throws StartupError if Docker has less than `neededMb` of memory
 */
export async function checkMemory(neededMb: number, alternative: string): Promise<void> {
  const memory = Number(await command(['docker', 'info', '--format', '{{.MemTotal}}']));
  if (memory < neededMb * MB)
    throw new StartupError(
      `Docker has ${Math.floor(memory / MB)} MB of memory and this needs ${neededMb}: give it more, or ${alternative}`,
    );
}

/**
 * @param retry the command to repeat with another port
 * @throws StartupError if one of the ports is in use on this machine
 */
export async function checkPorts(names: PortName[], retry: string): Promise<void> {
  for (const name of names) await checkPort(portOf(PORTS[name]), PORTS[name].variable, retry);
}

async function checkPort(port: number, variable: string, retry: string): Promise<void> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch(({ code }: NodeJS.ErrnoException) => {
    throw new StartupError(
      `port ${port} is not available (${code}): choose another one, ${variable}=${port + 10_000} ${retry}`,
    );
  });
  server.close();
  await once(server, 'close');
}
