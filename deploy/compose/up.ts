import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkDocker, checkMemory, checkPorts } from '../containers/checks.ts';
import { command } from '../containers/command.ts';
import { addresses, PORT_NAMES, PORTS } from '../containers/ports.ts';
import { StartupError } from '../local/src/startup-error.ts';
import { checkCompose, compose } from './compose.ts';

const POLL_MS = 1000;
const LOADED_WITHIN_MS = 900_000;

/** What `docker compose config` prints of all files together, in part. */
interface Project {
  services: Record<string, { environment?: Record<string, string> }>;
}

/**
 * Starts all that the files have, as `docker compose up -d` with these arguments does, and waits until it is searchable.
 * @throws StartupError in one line
 */
export async function up(args: string[], say: (text: string) => void): Promise<void> {
  await checkDocker();
  await checkCompose();
  // Compose reads it too.
  if (existsSync('.env')) process.loadEnvFile('.env');
  const { services } = JSON.parse(await compose(['config', '--format', 'json'])) as Project;
  await checkMemory(
    Number(services.secrets?.environment?.SHOAL_NEEDS_MB),
    'start less (npm run compose:up -- --core)',
  );
  await checkFreePorts(Object.keys(services));
  say('starting; the first time this builds the image');
  await compose(['up', '-d', ...args], { shown: true });
  say(
    'waiting until all documents are found on every replica: docker compose logs -f loader shows how far it is',
  );
  await untilLoaded();
  const running = await runningServices();
  for (const line of addresses((service) => running.includes(service))) say(line);
}

/** Of what is to be started and does not run already. */
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

/** The loader ends when all is searchable; until then Docker starts it again a few times. */
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
  throw new StartupError('the loader is not done: docker compose logs loader, docker compose ps --all');
}
