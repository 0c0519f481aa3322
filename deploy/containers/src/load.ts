import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chooseCorpus } from '@shoal/local/corpus/corpus';
import { load } from '@shoal/local/load';
import { Progress } from '@shoal/local/progress';
import { searchable } from '@shoal/local/ready';

/** Where and what to load. */
export interface Loading {
  /** Of the edge. */
  url: string;
  apiKeys: string;
  /** `wordnet`, `none` or a file's absolute path. */
  corpus: string;
  /** Of all shards together, which must be ready. */
  replicas: number;
  /** Remembers what has been loaded. */
  folder: string;
}

/** Loads the corpus, unless that has been done; resolves when all of it can be found on every replica. */
export async function loadOnce({ url, apiKeys, corpus: choice, replicas, folder }: Loading): Promise<void> {
  const progress = new Progress(Date.now());
  const corpus = chooseCorpus(choice);
  const before = await searchable(url, { replicas, documents: 0 }, progress);
  const loaded = path.join(folder, encodeURIComponent(corpus?.name ?? 'none'));
  if (!corpus || existsSync(loaded)) {
    progress.say(`searchable: ${before.documents.toLocaleString('en')} documents`);
    return;
  }
  progress.say(`loading ${corpus.name}`);
  const documents = await load(corpus, { url, apiKeys }, progress, new AbortController().signal);
  await searchable(url, { replicas, documents }, progress);
  writeFileSync(loaded, '');
  progress.say(`searchable: ${documents.toLocaleString('en')} documents of ${corpus.name} are loaded`);
}
