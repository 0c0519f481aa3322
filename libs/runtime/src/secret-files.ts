import { readFileSync } from 'node:fs';

/** Settings that should not be in an environment that other users can read. */
const SECRETS = ['SHOAL_NATS_PASSWORD', 'SHOAL_API_KEYS'];

/**
 * Settings in which a secret may be given by a file instead, as containers get theirs: `NAME_FILE` is its path.
 * @throws Error that names the setting when the file cannot be read
 */
export function withSecretFiles(environment: Record<string, unknown>): Record<string, unknown> {
  const read = SECRETS.flatMap((name) => {
    const file = environment[`${name}_FILE`];
    return typeof file === 'string' && file !== '' ? [[name, contentOf(file, `${name}_FILE`)]] : [];
  });
  return { ...environment, ...(Object.fromEntries(read) as Record<string, string>) };
}

function contentOf(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`cannot start, ${setting}: ${(error as Error).message}`, { cause: error });
  }
}
