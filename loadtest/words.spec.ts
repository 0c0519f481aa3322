import { expect, it } from 'vitest';
import { readWordnet } from '../deploy/local/src/corpus/wordnet.ts';
import { analyze } from '../libs/bm25-index/src/analyzer.ts';

const WORDS = 5_000;

/** The words that stand most often in WordNet's titles, most frequent first; without those that no search is for. */
async function frequentWords(): Promise<string[]> {
  const counts = new Map<string, number>();
  for await (const { line } of readWordnet()) {
    const { title } = JSON.parse(line) as { title: string };
    for (const word of title.toLowerCase().match(/[a-z]{3,}/g) ?? [])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .filter(([word]) => analyze(word).length > 0)
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, WORDS)
    .map(([word]) => word);
}

// k6 runs without our packages: it reads the words from a file, which `vitest run --project unit loadtest -u` makes.
it('words.txt holds the most frequent words of WordNet', async () => {
  await expect(`${(await frequentWords()).join('\n')}\n`).toMatchFileSnapshot('words.txt');
});
