import { readFileSync, statSync } from 'node:fs';

const LOOK_MS = 1_000;

/**
 * Calls back with the content of a small file, now and after each change, or with an error when it cannot be read. It reads the
 * file by its path once a second, because file system notifications miss the relevant changes: a ConfigMap and git-sync swap a
 * link in the path, editors replace the file, and some mounts send no notifications at all.
 * @returns ends it
 */
export function watchContent(
  file: string,
  told: (content: string | Error) => void,
  lookMs = LOOK_MS,
): () => void {
  let last: string | undefined;
  const look = (): void => {
    const content = contentOf(file);
    if (String(content) === last) return;
    last = String(content);
    told(content);
  };
  const looking = setInterval(look, lookMs).unref();
  look();
  return () => clearInterval(looking);
}

function contentOf(file: string): string | Error {
  try {
    // To read a pipe, say, would wait for a writer, and all this process with it.
    if (!statSync(file).isFile()) return new Error('it is no file');
    return readFileSync(file, 'utf8');
  } catch (error) {
    return error as Error;
  }
}
