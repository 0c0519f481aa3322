import { existsSync, statSync } from 'node:fs';
import { StartupError } from '../startup-error.js';
import { type CorpusLine, readJsonLines } from './jsonl.js';
import { readWordnet, WORDNET_SIZE } from './wordnet.js';

/** Documents to load at the first start. */
export interface Corpus {
  /** Names this very content: a file that has changed is another corpus. */
  name: string;
  /** Size of the corpus: documents of WordNet, bytes of a file. */
  size: number;
  unit: 'documents' | 'bytes';
  read(): AsyncIterable<CorpusLine>;
}

/**
 * @param choice `wordnet`, `none` or a file's absolute path
 * @throws StartupError when there is no such file
 */
export function chooseCorpus(choice: string): Corpus | undefined {
  if (choice === 'none') return undefined;
  if (choice === 'wordnet') {
    return { name: 'wordnet 3.1', size: WORDNET_SIZE, unit: 'documents', read: readWordnet };
  }
  if (!existsSync(choice) || !statSync(choice).isFile()) {
    throw new StartupError(
      `--corpus: there is no file ${choice}; give wordnet, none or a file of JSON lines`,
    );
  }
  const { size, mtime } = statSync(choice);
  const name = `${choice} (${size} bytes, ${mtime.toISOString()})`;
  return { name, size, unit: 'bytes', read: () => readJsonLines(choice) };
}
