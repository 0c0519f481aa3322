import { chooseCorpus, type Corpus } from '@shoal/local/corpus/corpus';
import { load } from '@shoal/local/load';
import { Progress } from '@shoal/local/progress';
import { searchable } from '@shoal/local/ready';
import { StartupError } from '@shoal/local/startup-error';

/** Number of the corpus's last documents that prove an earlier load. */
const LAST_DOCUMENTS = 20;

/** Target and source of a load. */
export interface Loading {
  /** Address of the edge. */
  url: string;
  apiKeys: string;
  /** `wordnet`, `none` or a file's absolute path. */
  corpus: string;
  /** Replicas of all shards together; all must be ready. */
  replicas: number;
}

/**
 * Loads the corpus unless an earlier load completed, so that later changes and deletions persist. Resolves when every document is
 * searchable on every replica.
 */
export async function loadOnce({ url, apiKeys, corpus: choice, replicas }: Loading): Promise<void> {
  const progress = new Progress(Date.now());
  const corpus = chooseCorpus(choice);
  const before = await searchable(url, { replicas, documents: 0 }, progress);
  if (!corpus || (await wasLoaded(corpus, url))) {
    const why = corpus ? `, including ${corpus.name} from an earlier load` : '';
    progress.say(`searchable: ${before.documents.toLocaleString('en')} documents${why}`);
    return;
  }
  progress.say(`loading ${corpus.name}`);
  const documents = await load(corpus, { url, apiKeys }, progress, new AbortController().signal);
  await searchable(url, { replicas, documents }, progress);
  progress.say(`searchable: ${documents.toLocaleString('en')} documents of ${corpus.name} are loaded`);
}

/**
 * Returns true if an earlier load completed. Documents are sent in order, so one of the last proves that all were sent. One is
 * enough, because users may have deleted others.
 * @throws StartupError if the cluster returns neither 200 nor 404
 */
async function wasLoaded(corpus: Corpus, url: string): Promise<boolean> {
  for (const id of await lastIds(corpus)) {
    const { status } = await fetch(`${url}/api/documents/${encodeURIComponent(id)}`);
    if (status === 200) return true;
    if (status !== 404)
      throw new StartupError(
        `cannot check whether ${corpus.name} is loaded: GET of document ${id} returned ${status}`,
      );
  }
  return false;
}

async function lastIds(corpus: Corpus): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of corpus.read()) {
    if (id === undefined) continue;
    ids.push(id);
    if (ids.length > LAST_DOCUMENTS) ids.shift();
  }
  return ids;
}
