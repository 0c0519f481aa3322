import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkDocker, checkMemory, checkPorts } from '../containers/checks.ts';
import { command, type CommandSettings } from '../containers/command.ts';
import { addresses, PORT_NAMES, PORTS } from '../containers/ports.ts';
import { StartupError } from '../local/src/startup-error.ts';

/** From this version on, an included file may consist of several. */
const MIN_COMPOSE = [2, 24] as const;
const INSTALL_PAGE = 'https://docs.docker.com/compose/install';
const POLL_MS = 1000;
const LOADED_WITHIN_MS = 900_000;

/** The part of `docker compose config` that is read here. */
interface Project {
  services: Record<string, { environment?: Record<string, string> }>;
}

/** Runs Compose in the working directory, which npm sets to the root of the repository. */
export const compose = (args: string[], settings?: CommandSettings): Promise<string> =>
  command(['docker', 'compose', ...args], settings);

/** Restricts all later commands to the search engine. Compose itself reads this variable. */
export function useCore(): void {
  process.env.COMPOSE_FILE = 'deploy/compose/core.yaml';
}

/**
 * Starts all services with `docker compose up -d` and these arguments, and waits until the corpus is searchable.
 * @throws StartupError in one line
 */
export async function up(args: string[], log: (line: string) => void): Promise<void> {
  await checkDocker();
  await checkCompose();
  // Compose reads this file too.
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { services } = JSON.parse(await compose(['config', '--format', 'json'])) as Project;
  await checkMemory(
    Number(services.secrets?.environment?.SHOAL_NEEDS_MB),
    'start less (npm run compose:up -- --core)',
  );
  await checkFreePorts(Object.keys(services));
  log('starting; the first start builds the image');
  await compose(['up', '-d', ...args], { shown: true });
  log('waiting until every replica has all documents; to follow: docker compose logs -f loader');
  await untilLoaded();
  const running = await runningServices();
  for (const line of addresses((service) => running.includes(service))) log(line);
}

/** @throws StartupError if Docker has no Compose, or one that is too old for our files */
async function checkCompose(): Promise<void> {
  const minimum = MIN_COMPOSE.join('.');
  const version = await compose(['version', '--short']).catch(() => {
    throw new StartupError(`Docker has no Compose: Shoal needs ${minimum} or newer (${INSTALL_PAGE})`);
  });
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  if (major < MIN_COMPOSE[0] || (major === MIN_COMPOSE[0] && minor < MIN_COMPOSE[1]))
    throw new StartupError(
      `Compose ${version} is too old: Shoal needs ${minimum} or newer (${INSTALL_PAGE})`,
    );
}

/** Checks the ports of services that do not run yet. */
async function checkFreePorts(services: string[]): Promise<void> {
  const running = await runningServices();
  const names = PORT_NAMES.filter((name) => {
    const { service } = PORTS[name];
    return services.includes(service) && !running.includes(service);
  });
  await checkPorts(names, 'npm run compose:up');
}

const runningServices = async (): Promise<string[]> =>
  (await compose(['ps', '--services', '--status', 'running'])).split('\n');

/** Waits for the loader, which ends when all documents are searchable. Docker restarts a failed loader a few times. */
async function untilLoaded(): Promise<void> {
  const container = await compose(['ps', '--all', '--quiet', 'loader']);
  const deadline = performance.now() + LOADED_WITHIN_MS;
  while (performance.now() < deadline) {
    const state = await command([
      'docker',
      'inspect',
      '-f',
      '{{.State.Status}} {{.State.ExitCode}}',
      container,
    ]);
    if (state === 'exited 0') return;
    if (state.startsWith('exited')) break;
    await sleep(POLL_MS);
  }
  throw new StartupError(
    'the loader did not finish: see docker compose logs loader and docker compose ps --all',
  );
}
