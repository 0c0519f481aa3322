import { command, type CommandSettings } from '../containers/command.ts';
import { StartupError } from '../local/src/startup-error.ts';

/** From here on an included file may be merged of several, as ours is. */
const OLDEST = [2, 24] as const;
const WHERE = 'https://docs.docker.com/compose/install';

/** In the root of the repository, where npm has us run. */
export const compose = (args: string[], settings?: CommandSettings): Promise<string> =>
  command(['docker', 'compose', ...args], settings);

/** From now on the search engine alone; Compose reads this itself. */
export function useCore(): void {
  process.env.COMPOSE_FILE = 'deploy/compose/core.yaml';
}

/** @throws StartupError when Docker has no Compose, or one that is too old for our files */
export async function checkCompose(): Promise<void> {
  const oldest = OLDEST.join('.');
  const version = await compose(['version', '--short']).catch(() => {
    throw new StartupError(`Docker has no Compose: Shoal needs ${oldest} or newer (${WHERE})`);
  });
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new StartupError(`Compose ${version} is too old: Shoal needs ${oldest} or newer (${WHERE})`);
}
