import { expect, it } from 'vitest';
import { parseSynset, readWordnet, WORDNET_SIZE } from './wordnet.js';

it('reads words, gloss, part of speech and category from a line', () => {
  const line =
    '02087384 05 n 02 domestic_dog 0 dog 0 003 @ 02086515 n 0000 ~ 01325095 n 0000 #m 02086516 n 0000 | a pet; "the dog | barked"  ';
  expect(parseSynset(line, { letter: 'n', name: 'noun' })).toEqual({
    id: 'n02087384',
    title: 'domestic dog, dog',
    text: 'a pet; "the dog | barked"',
    fields: { partOfSpeech: 'noun', category: 'noun.animal' },
  });
});

it('counts words in hexadecimal and leaves the marks of adjectives out', () => {
  const words = Array.from({ length: 10 }, (_, i) => `w${i}(ip) 0`).join(' ');
  const synset = parseSynset(`00000001 00 s 0a ${words} 000 | gloss`, { letter: 'a', name: 'adjective' });
  expect(synset?.title).toBe('w0, w1, w2, w3, w4, w5, w6, w7, w8, w9');
});

it('skips the licence at the head of a file', () => {
  expect(
    parseSynset('  1 This software and database is being provided', { letter: 'n', name: 'noun' }),
  ).toBeUndefined();
});

it('finds every synset of WordNet 3.1 under an id of its own, with a title and a text', async () => {
  const ids = new Set<string>();
  const incomplete: string[] = [];
  for await (const { id, line } of readWordnet()) {
    ids.add(id!);
    const { title, text, fields } = JSON.parse(line) as ReturnType<typeof parseSynset> & object;
    if (!title || !text || !fields?.category) incomplete.push(line);
  }
  expect(ids.size).toBe(WORDNET_SIZE);
  expect(incomplete).toEqual([]);
});
