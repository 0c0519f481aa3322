/** `node containers.js secrets` and `node containers.js load`: what a cluster in containers needs once at its start. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { StartupError } from '@shoal/local/startup-error';
import { loadOnce } from './load.js';
import { checkMemory } from './memory.js';
import { makeSecrets } from './secrets.js';

const { env } = process;

/** @throws StartupError when it is missing */
function setting(name: string): string {
  const value = env[name];
  if (!value) throw new StartupError(`${name} is not set`);
  return value;
}

const commands: Record<string, () => Promise<void>> = {
  secrets: async () => {
    checkMemory(totalmem(), Number(setting('SHOAL_NEEDS_MB')));
    await makeSecrets(
      setting('SHOAL_VOLUMES'),
      setting('SHOAL_NATS_SERVERS').split(','),
      setting('SHOAL_NATS_STORE'),
    );
  },
  load: () =>
    loadOnce({
      url: setting('SHOAL_URL'),
      apiKeys: readFileSync(setting('SHOAL_API_KEYS_FILE'), 'utf8').trim(),
      corpus: setting('SHOAL_CORPUS'),
      // What the indexers aim at, by the variables that they are given.
      replicas: Number(setting('SHOAL_SHARDS')) * Number(setting('SHOAL_REPLICAS')),
    }),
};

// As the first process of a container it would otherwise ignore them.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1));
try {
  const name = process.argv[2] ?? '';
  const command = commands[name];
  if (!command)
    throw new StartupError(`there is no command "${name}": give ${Object.keys(commands).join(' or ')}`);
  await command();
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
