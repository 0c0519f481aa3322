import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestExcerpt, markMatches, queryTerms } from './highlight.js';

const marked = (text: string, query: string) =>
  markMatches(text, queryTerms(query))
    .filter((piece) => piece.marked)
    .map((piece) => piece.text);

describe('marking matches', () => {
  it('marks the words that share a stem with a word of the query', () => {
    expect(marked('A dog, two dogs and a dogma', 'dogs')).toEqual(['dog', 'dogs']);
    expect(marked('They hunted; hunting is over', 'hunts')).toEqual(['hunted', 'hunting']);
  });

  it('marks no stop words, because they are not searched for', () => {
    expect(marked('the cat in the hat', 'the cat')).toEqual(['cat']);
  });

  it('marks whatever the case', () => {
    expect(marked('DOG Dog dog', 'dOg')).toEqual(['DOG', 'Dog', 'dog']);
  });

  it('keeps markup in a text as text', () => {
    const text = '<script>alert("dog")</script>';
    expect(markMatches(text, queryTerms('dog')).map((piece) => piece.text)).toEqual([
      '<script>alert("',
      'dog',
      '")</script>',
    ]);
  });

  it('puts together to the same text again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, query) => {
        const pieces = markMatches(text, queryTerms(query));
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      }),
    );
  });
});

describe('the excerpt of a long text', () => {
  const filler = 'Nothing of interest is said here. '.repeat(40);

  it('is the whole text when that is short', () => {
    expect(bestExcerpt('A dog.', queryTerms('dog'))).toEqual({
      text: 'A dog.',
      cutBefore: false,
      cutAfter: false,
    });
  });

  it('shows where the most different words of the query stand together', () => {
    const text = `A dog. ${filler}A dog hunts at sea. ${filler}`;
    const excerpt = bestExcerpt(text, queryTerms('dog sea hunting'));
    expect(excerpt.text).toContain('A dog hunts at sea.');
    expect(excerpt).toMatchObject({ cutBefore: true, cutAfter: true });
  });

  it('begins at the beginning when nothing matches, as when only the title does', () => {
    const excerpt = bestExcerpt(filler, queryTerms('whale'));
    expect(filler.startsWith(excerpt.text)).toBe(true);
    expect(excerpt.cutBefore).toBe(false);
  });

  it('is a part of the text, never longer than it should be, for any text', () => {
    const words = fc.array(fc.constantFrom('dog', 'sea', 'of', 'x'.repeat(50), '—', '🐟', ' '), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(words, (list) => {
        const text = list.join(' ');
        const excerpt = bestExcerpt(text, queryTerms('dog sea'), 80);
        expect(text).toContain(excerpt.text);
        expect(excerpt.text.length).toBeLessThanOrEqual(100);
      }),
    );
  });
});
