import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSuggestions, mergeSuggestions, TitleSuggester, type Suggestion } from './title-suggester.js';

const title = fc
  .array(fc.constantFrom('dog', 'Dog', 'do', 'hot', 'house', '(dog)', 'cat', 'É'), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((words) => fc.constantFrom(' ', '  ', ', ').map((space) => words.join(space)));
const write = fc.record({
  id: fc.nat(120).map(String),
  title: fc.option(title, { nil: undefined, freq: 5 }),
});
const prefix = fc.constantFrom('d', 'do', 'dog', 'DOG h', ' h', 'hot  d', '(', 'é', 'x', '');

function suggester(titles: Record<string, string>): TitleSuggester {
  const suggester = new TitleSuggester();
  for (const [id, title] of Object.entries(titles)) suggester.set(id, title);
  return suggester;
}

/** The definition, without an index. */
function reference(titles: ReadonlyMap<string, string>, prefix: string, limit: number): Suggestion[] {
  const wanted = prefix.trim().replace(/\s+/g, ' ').toLowerCase();
  const found = Array.from(titles, ([id, title]) => {
    const text = title.trim().replace(/\s+/g, ' ');
    const lower = text.toLowerCase();
    const later = [...lower.matchAll(/[\p{L}\p{N}]+/gu)].some(({ index }) => lower.startsWith(wanted, index));
    return { id, text, place: lower.startsWith(wanted) ? (0 as const) : later ? (1 as const) : undefined };
  }).filter((suggestion): suggestion is Suggestion => wanted !== '' && suggestion.place !== undefined);
  const sorted = found.toSorted(compareSuggestions);
  return sorted
    .filter(({ text }, at) => sorted.findIndex((other) => other.text === text) === at)
    .slice(0, limit);
}

describe('TitleSuggester', () => {
  it('puts titles that begin with the prefix before those with a later word, shorter ones first', () => {
    const titles = suggester({ 1: 'hot dog', 2: 'dog', 3: 'dogma', 4: 'cat', 5: 'Dog house' });
    expect(titles.complete('dog', 10)).toEqual([
      { id: '2', text: 'dog', place: 0 },
      { id: '3', text: 'dogma', place: 0 },
      { id: '5', text: 'Dog house', place: 0 },
      { id: '1', text: 'hot dog', place: 1 },
    ]);
  });

  it('folds case and white space, and shows the title as it was written', () => {
    expect(suggester({ 1: ' New\n York ' }).complete('  nEW   y', 5)).toEqual([
      { id: '1', text: 'New York', place: 0 },
    ]);
  });

  it('completes to nothing from a blank prefix', () => {
    expect(suggester({ 1: 'dog' }).complete(' ', 5)).toEqual([]);
  });

  it('forgets a title that was replaced or deleted', () => {
    const titles = suggester({ 1: 'dog', 2: 'dove' });
    titles.set('1', 'cat');
    expect(titles.delete('2')).toBe(true);
    expect(titles.delete('2')).toBe(false);
    expect(titles.complete('d', 5)).toEqual([]);
    expect(titles.complete('c', 5)).toHaveLength(1);
  });

  it('completes as defined after any writes, and partitions merge into what one gives', () => {
    const law = fc.property(
      fc.array(fc.oneof(write, prefix), { maxLength: 250 }),
      prefix,
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 4 }),
      (steps, asked, limit, spread) => {
        const titles = new Map<string, string>();
        const one = new TitleSuggester();
        const many = Array.from({ length: spread }, () => new TitleSuggester());
        for (const step of steps) {
          if (typeof step === 'string') {
            one.complete(step, limit); // which may sort titles in
            continue;
          }
          const { id, title } = step;
          const of = many[Number(id) % spread]!;
          if (title === undefined) {
            titles.delete(id);
            one.delete(id);
            of.delete(id);
          } else {
            titles.set(id, title);
            one.set(id, title);
            of.set(id, title);
          }
        }
        const expected = reference(titles, asked, limit);
        expect(one.complete(asked, limit)).toEqual(expected);
        const lists = many.map((partition) => partition.complete(asked, limit));
        expect(mergeSuggestions(lists, limit)).toEqual(expected);
      },
    );
    fc.assert(law, { numRuns: 300 });
  });

  it('is tidied when many titles wait, and not for a few', () => {
    const titles = Array.from({ length: 100 }, (_, number) => [String(number), `dog ${number}`]);
    const one = suggester(Object.fromEntries(titles) as Record<string, string>);
    expect(one.waiting).toBe(100);
    one.tidy();
    expect(one.waiting).toBe(0);
    one.set('few', 'dog few');
    one.tidy();
    expect(one.waiting).toBe(1);
    expect(one.complete('dog', 200)).toHaveLength(101);
  });
});
