import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from '../cluster/until.ts';
import { PORTS, urlOf } from '../../deploy/containers/ports.ts';
import { eachWatcher, RESTART_MS, type Target } from './target.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, { cwd: ROOT });
  return stdout.trim();
}

/** Where a port of a service is published. */
const published = async (service: string, port: number): Promise<string> =>
  `http://${await docker('compose', 'port', service, String(port))}`;

/**
 * What `docker compose up` runs here.
 * @throws Error when it does not
 */
export async function composeTarget(): Promise<Target> {
  const url = await published('envoy', 8080).catch((cause: unknown) => {
    throw new Error('Docker has no Envoy of Shoal running: start it with docker compose up -d', { cause });
  });
  return {
    url,
    apiKey: await docker('compose', 'exec', '-T', 'frontend-0', 'cat', '/secrets/api-key/api-key'),
    watchers: await findWatchers(),
    crash,
    restart,
    scale,
  };
}

/** One that is deployed has a container; when that does not run, nobody answers where it should be. */
async function findWatchers(): Promise<Target['watchers']> {
  const services = (await docker('compose', 'ps', '--all', '--services')).split('\n');
  return eachWatcher(async (name) => {
    if (!services.includes(name)) return { leftOut: 'Compose has no container of it' };
    return { url: await published(name, PORTS[name].port).catch(() => urlOf(name)) };
  });
}

/** Docker starts a container again that has ended by itself, but not one that it was told to kill. */
async function crash(name: string): Promise<void> {
  const container = await containerOf(name);
  const starts = (): Promise<string> =>
    docker('inspect', '-f', '{{.RestartCount}} {{.State.Running}}', container);
  const [before] = (await starts()).split(' ');
  // All of its processes but the first, which ends with them. The exec may end with it too.
  await docker('exec', container, 'bash', '-c', 'kill -9 -1').catch(() => undefined);
  await until(
    `${name} runs again`,
    async () => {
      const [now, running] = (await starts()).split(' ');
      return now !== before && running === 'true';
    },
    RESTART_MS,
  );
}

async function restart(role: string): Promise<void> {
  const services = (await docker('compose', 'ps', '--services')).split('\n');
  for (const service of services.filter((name) => name.startsWith(`${role}-`))) {
    await docker('compose', 'restart', service);
    await until(`${service} is ready again`, async () => (await healthOf(service)) === 'healthy', RESTART_MS);
    const sidecar = `collector-${service}`;
    // It is left in the network that the container had.
    if (services.includes(sidecar)) await docker('compose', 'restart', sidecar);
  }
}

const healthOf = async (service: string): Promise<string> =>
  docker('inspect', '-f', '{{.State.Health.Status}}', await containerOf(service));

async function scale(members: number): Promise<void> {
  await docker('compose', 'up', '-d', '--no-deps', '--no-recreate', '--scale', `shard=${members}`, 'shard');
}

/** Shards have the name of their container, all others that of their service. */
async function containerOf(name: string): Promise<string> {
  const lines = (await docker('compose', 'ps', '--format', '{{.ID}} {{.Service}}')).split('\n');
  const found = lines.map((line) => line.split(' ')).find((names) => names.includes(name));
  if (!found) throw new Error(`there is no container of ${name}`);
  return found[0]!;
}
