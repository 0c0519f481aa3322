/** One-time steps at the start of a cluster in containers: `node containers.js secrets`, `node containers.js load`. */
import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { StartupError } from '@shoal/local/startup-error';
import { loadOnce } from './load.js';
import { checkMemory, makeSecrets } from './secrets.js';

const { env } = process;

/** @throws StartupError if it is missing */
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
      // The indexers' targets, by the same variables.
      replicas: Number(setting('SHOAL_SHARDS')) * Number(setting('SHOAL_REPLICAS')),
    }),
};

// PID 1 ignores signals without a handler.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(1));
try {
  const name = process.argv[2] ?? '';
  const command = commands[name];
  if (!command)
    throw new StartupError(`unknown command "${name}": use ${Object.keys(commands).join(' or ')}`);
  await command();
} catch (error) {
  console.error(error instanceof StartupError ? `shoal: ${error.message}` : error);
  process.exitCode = 1;
}
