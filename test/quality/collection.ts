import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Judgements } from './ndcg.ts';

export interface Collection {
  documents: { id: string; title: string; text: string }[];
  queries: { id: string; text: string }[];
  judgements: Judgements;
}

/** Folder of SciFact (BEIR test split): `SHOAL_SCIFACT`, or beside the repository. */
export const SCIFACT = resolve(
  process.env['SHOAL_SCIFACT'] ?? join(import.meta.dirname, '../../../shared/data/scifact'),
);

/**
 * Reads a folder with corpus.jsonl, queries.tsv and qrels.txt (TREC). Queries without a judgement are left out.
 * @returns undefined when the folder is not there
 */
export function readCollection(folder: string): Collection | undefined {
  if (!existsSync(join(folder, 'corpus.jsonl'))) return undefined;
  const lines = (file: string) => readFileSync(join(folder, file), 'utf8').trim().split('\n');

  const judgements = new Map<string, Map<string, number>>();
  for (const line of lines('qrels.txt')) {
    const [query, , document, gain] = line.split(/\s+/);
    const gains = judgements.get(query!) ?? new Map<string, number>();
    judgements.set(query!, gains.set(document!, Number(gain)));
  }
  return {
    documents: lines('corpus.jsonl').map((line) => {
      const { _id, title, text } = JSON.parse(line) as { _id: string; title: string; text: string };
      return { id: _id, title, text };
    }),
    queries: lines('queries.tsv')
      .map((line) => line.split('\t'))
      .map(([id, text]) => ({ id: id!, text: text! }))
      .filter(({ id }) => judgements.has(id)),
    judgements,
  };
}
