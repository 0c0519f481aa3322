import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { command } from '../containers/command.ts';
import { kubectl } from './kubectl.ts';

const MAKER = path.resolve(import.meta.dirname, '../containers/dist/main.js');
/** Each is a Secret, for those alone who read it. */
const READERS = ['operator', 'nats', 'frontend', 'root', 'shard', 'indexer', 'api-key', 'tls'];
const SERVERS = 'nats-0.nats,nats-1.nats,nats-2.nats';

interface Secret {
  data: Record<string, string>;
}

/**
 * Makes the secrets that are not in the cluster yet, by the code that makes those of Compose, with the rights of who calls it: nothing in
 * the cluster may write a Secret. What is there stays as it is, since processes that run know it.
 */
export async function applySecrets(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-secrets-'));
  try {
    for (const reader of READERS) {
      mkdirSync(path.join(folder, reader));
      const known = await kubectl(['get', 'secret', reader, '--ignore-not-found', '-o', 'json']);
      if (known) writeSecret(path.join(folder, reader), JSON.parse(known) as Secret);
    }
    await command([process.execPath, MAKER, 'secrets'], {
      env: {
        SHOAL_VOLUMES: folder,
        SHOAL_NATS_SERVERS: SERVERS,
        SHOAL_NATS_STORE: '/data',
        SHOAL_NEEDS_MB: '0',
      },
    });
    const items = READERS.map((reader) => readSecret(reader, path.join(folder, reader)));
    await kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeSecret(folder: string, { data }: Secret): void {
  for (const [name, content] of Object.entries(data))
    writeFileSync(path.join(folder, name), content, { encoding: 'base64', mode: 0o600 });
}

function readSecret(name: string, folder: string): object {
  const files = readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: name === 'tls' ? 'kubernetes.io/tls' : 'Opaque',
    metadata: { name },
    data: Object.fromEntries(files) as Record<string, string>,
  };
}
