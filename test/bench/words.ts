import { readWordnet } from '../../deploy/local/src/corpus/wordnet.ts';

/**
 * Makes searches of two or three words. Each word is drawn from all places in WordNet's titles at which a word stands: it
 * comes as often as it stands there, which is Zipf's law, and two such words are rarely the same again within the second
 * that an answer is cached.
 */
export async function searches(): Promise<() => string> {
  const words: string[] = [];
  for await (const { line } of readWordnet()) {
    const { title } = JSON.parse(line) as { title: string };
    words.push(...(title.match(/[a-z]{3,}/gi) ?? []));
  }
  const word = () => words[Math.floor(Math.random() * words.length)];
  return () => `/api/search?q=${Array.from({ length: 2 + Math.round(Math.random()) }, word).join('+')}`;
}
