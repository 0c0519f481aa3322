import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { readCollection, SCIFACT } from './collection.ts';
import { ndcg } from './ndcg.ts';
import { startCluster } from '../cluster/cluster.ts';

const REQUIRED = 0.687;
const file = path.join(SCIFACT, 'corpus.jsonl');

// The judgements are not ours to ship: without them this shows as skipped.
it.skipIf(!existsSync(file))(`ranks SciFact with an nDCG@10 of at least ${REQUIRED}, over HTTP`, async () => {
  const collection = readCollection(SCIFACT)!;
  const cluster = await startCluster({ shards: 2, replicas: 1, corpus: file });
  try {
    await cluster.api.settled(collection.documents.length);
    const gains: number[] = [];
    for (const { id, text } of collection.queries) {
      const ranking = await cluster.api.found(text);
      gains.push(ndcg(ranking, collection.judgements.get(id)!));
    }
    const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
    expect(mean).toBeGreaterThanOrEqual(REQUIRED);
  } finally {
    await cluster.stop();
  }
});
