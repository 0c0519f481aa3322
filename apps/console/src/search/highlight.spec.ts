import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestExcerpt, markMatches, queryTerms } from './highlight.js';

const marked = (text: string, query: string) =>
  markMatches(text, queryTerms(query))
    .filter((piece) => piece.marked)
    .map((piece) => piece.text);

describe('markMatches', () => {
  it('marks words that share a stem with a query word', () => {
    expect(marked('A dog, two dogs and a dogma', 'dogs')).toEqual(['dog', 'dogs']);
    expect(marked('They hunted; hunting is over', 'hunts')).toEqual(['hunted', 'hunting']);
  });

  it('marks no stop words', () => {
    expect(marked('the cat in the hat', 'the cat')).toEqual(['cat']);
  });

  it('ignores case', () => {
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

  it('returns pieces that concatenate to the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, query) => {
        const pieces = markMatches(text, queryTerms(query));
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      }),
    );
  });
});

describe('bestExcerpt', () => {
  const filler = 'This sentence is about other things. '.repeat(40);

  it('returns a short text unchanged', () => {
    expect(bestExcerpt('A dog.', queryTerms('dog'))).toEqual({
      text: 'A dog.',
      cutBefore: false,
      cutAfter: false,
    });
  });

  it('selects the window with the most different query words', () => {
    const text = `A dog. ${filler}A dog hunts at sea. ${filler}`;
    const excerpt = bestExcerpt(text, queryTerms('dog sea hunting'));
    expect(excerpt.text).toContain('A dog hunts at sea.');
    expect(excerpt).toMatchObject({ cutBefore: true, cutAfter: true });
  });

  it('starts at the beginning when only the title matches', () => {
    const excerpt = bestExcerpt(filler, queryTerms('whale'));
    expect(filler.startsWith(excerpt.text)).toBe(true);
    expect(excerpt.cutBefore).toBe(false);
  });

  it('returns a part of any text within the length limit', () => {
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
