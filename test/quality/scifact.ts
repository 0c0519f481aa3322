// Measures the ranking against human judgements, in this process: `npx tsc -b libs/bm25-index && node test/quality/scifact.ts`
import { Bm25Index, search, weighQuery } from '@shoal/bm25-index';
import { readCollection, SCIFACT } from './collection.ts';
import { ndcg } from './ndcg.ts';

const REQUIRED = 0.687;

const collection = readCollection(SCIFACT);
if (!collection) {
  console.log(
    `left out: no corpus.jsonl in ${SCIFACT}. Set SHOAL_SCIFACT to a folder with SciFact (BEIR) to measure.`,
  );
} else {
  const { documents, queries, judgements } = collection;
  const index = new Bm25Index();
  for (const { id, title, text } of documents) index.set(id, `${title} ${text}`, id);

  const scores = queries.map(({ id, text }) => {
    const { hits } = search([index], { ...weighQuery(text, index), operator: 'or', limit: 10 });
    return ndcg(
      hits.map((hit) => hit.id),
      judgements.get(id)!,
    );
  });
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  console.log(`nDCG@10 ${mean.toFixed(4)} over ${queries.length} queries and ${documents.length} documents`);
  if (mean < REQUIRED) {
    console.error(`too low: at least ${REQUIRED} is required. What changed in the analyzer or the formula?`);
    process.exitCode = 1;
  }
}
