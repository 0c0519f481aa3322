import { chooseCorpus, type Corpus } from '@shoal/local/corpus/corpus';
import { load } from '@shoal/local/load';
import { Progress } from '@shoal/local/progress';
import { searchable } from '@shoal/local/ready';
import { StartupError } from '@shoal/local/startup-error';

/** How many of a corpus's last documents are looked for. */
const LAST = 20;

/** Where and what to load. */
export interface Loading {
  /** Of the edge. */
  url: string;
  apiKeys: string;
  /** `wordnet`, `none` or a file's absolute path. */
  corpus: string;
  /** Of all shards together, which must be ready. */
  replicas: number;
}

/**
 * Loads the corpus, unless a former load came to its end: what has been changed or deleted since stays so. Resolves when all of it can be
 * found on every replica.
 */
export async function loadOnce({ url, apiKeys, corpus: choice, replicas }: Loading): Promise<void> {
  const progress = new Progress(Date.now());
  const corpus = chooseCorpus(choice);
  const before = await searchable(url, { replicas, documents: 0 }, progress);
  if (!corpus || (await wasLoaded(corpus, url))) {
    const why = corpus ? `, ${corpus.name} among them from a former load` : '';
    progress.say(`searchable: ${before.documents.toLocaleString('en')} documents${why}`);
    return;
  }
  progress.say(`loading ${corpus.name}`);
  const documents = await load(corpus, { url, apiKeys }, progress, new AbortController().signal);
  await searchable(url, { replicas, documents }, progress);
  progress.say(`searchable: ${documents.toLocaleString('en')} documents of ${corpus.name} are loaded`);
}

/**
 * The cluster itself is asked, since nothing else lives as long as the documents. They are sent in order: where one of the last is, all were
 * sent. One is enough: users may have deleted others.
 */
async function wasLoaded(corpus: Corpus, url: string): Promise<boolean> {
  for (const id of await lastIds(corpus)) {
    const { status } = await fetch(`${url}/api/documents/${encodeURIComponent(id)}`);
    if (status === 200) return true;
    if (status !== 404)
      throw new StartupError(`whether ${corpus.name} is loaded cannot be told: ${status} for ${id}`);
  }
  return false;
}

async function lastIds(corpus: Corpus): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of corpus.read()) {
    if (id === undefined) continue;
    ids.push(id);
    if (ids.length > LAST) ids.shift();
  }
  return ids;
}
