import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The name of the whole repository, whose version is the release. */
const NAME = 'shoal';

/**
 * The release that a module belongs to. Looked for upwards, as a module lies deeper in the repository than what is bundled of it does in an image.
 * @param folder of the module
 * @returns undefined when it lies somewhere else alone
 */
export function releaseAbove(folder: string): string | undefined {
  const file = path.join(folder, 'package.json');
  if (existsSync(file)) {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as { name?: string; version?: string };
    if (name === NAME) return version;
  }
  const above = path.dirname(folder);
  return above === folder ? undefined : releaseAbove(above);
}
