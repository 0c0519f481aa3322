import type { DocumentBody } from '@shoal/contracts';
import type { Random } from './random.ts';

/** In every document. */
export const EVERYWHERE = 'shoal';
/** One of these in each version of a document: a version may leave one group and join another. */
export const GROUPS = [
  'herring',
  'cod',
  'trout',
  'eel',
  'carp',
  'perch',
  'pike',
  'bass',
  'tuna',
  'ray',
  'shark',
  'salmon',
];
/** Ordinary words, so that documents differ in length and terms in frequency, and ranking has something to do. */
export const ORDINARY = ['sea', 'boat', 'net', 'sail', 'reef', 'wind', 'salt', 'deep', 'blue', 'cold'];
export const ROUTING_KEYS = ['north', 'south', 'east', 'west'];
/** Documents that share a cohort word: few enough for one page. */
export const COHORT = 100;

/** The word of the documents that were begun about when this one was; it stays the same in all versions. */
export const cohortOf = (number: number): string => `cohort${Math.floor(number / COHORT)}`;
export const idOf = (number: number): string => `d${number}`;

/** A new version. The id is a word of it, so that a search can be for this one document. */
export function compose(random: Random, number: number, version: number, routing?: string): DocumentBody {
  const ordinary = Array.from({ length: random.whole(2, 12) }, () => random.pick(ORDINARY));
  return {
    title: `${idOf(number)} ${random.pick(ORDINARY)}`,
    text: [EVERYWHERE, cohortOf(number), random.pick(GROUPS), ...ordinary].join(' '),
    ...(routing === undefined ? {} : { routing }),
    fields: { version },
  };
}
