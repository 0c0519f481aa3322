import { MAX_WINDOW as CONTRACT_WINDOW } from '@shoal/contracts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatSearchUrl,
  MAX_WINDOW,
  pageCount,
  pageList,
  parseSearchUrl,
  searchCall,
} from './search-url.js';

const searchUrl = fc.record({
  q: fc.string({ unit: 'grapheme' }).map((text) => text.trim()),
  page: fc.integer({ min: 1, max: 1000 }),
  operator: fc.constantFrom('or' as const, 'and' as const),
  routing: fc.option(fc.string({ unit: 'grapheme', minLength: 1 }), { nil: undefined }),
});

describe('search addresses', () => {
  it('parses every address that it formats', () => {
    fc.assert(
      fc.property(searchUrl, (url) => {
        expect(parseSearchUrl(new URL(formatSearchUrl(url), 'http://shoal').search)).toEqual(url);
      }),
    );
  });

  it('leaves out default values', () => {
    expect(formatSearchUrl({ q: 'dog', page: 1, operator: 'or', routing: undefined })).toBe('/?q=dog');
    expect(formatSearchUrl({ q: '', page: 1, operator: 'or', routing: undefined })).toBe('/');
  });

  it.each(['0', '-1', '1.5', 'ten', '', '1e99'])('reads page=%s as the first page', (page) => {
    expect(parseSearchUrl(`?q=dog&page=${page}`).page).toBe(1);
  });

  it('reads an unknown operator as "or"', () => {
    expect(parseSearchUrl('?q=dog&operator=xor').operator).toBe('or');
  });

  it('requests the hits of its page with the profile', () => {
    const call = new URL(searchCall({ q: 'a&b', page: 3, operator: 'and', routing: 'pets' }), 'http://shoal');
    expect(Object.fromEntries(call.searchParams)).toEqual({
      q: 'a&b',
      size: '10',
      from: '20',
      operator: 'and',
      profile: 'true',
      routing: 'pets',
    });
  });
});

describe('pages of an answer', () => {
  it('end at the deepest hit of the HTTP interface', () => {
    expect(MAX_WINDOW).toBe(CONTRACT_WINDOW);
    expect(pageCount(0)).toBe(0);
    expect(pageCount(11)).toBe(2);
    expect(pageCount(1_000_000)).toBe(100);
  });

  it('leave out the middle, but never a single page', () => {
    expect(pageList(1, 1)).toEqual([1]);
    expect(pageList(1, 100)).toEqual([1, 2, null, 100]);
    expect(pageList(4, 100)).toEqual([1, 2, 3, 4, 5, null, 100]);
    expect(pageList(50, 100)).toEqual([1, null, 49, 50, 51, null, 100]);
    expect(pageList(100, 100)).toEqual([1, null, 99, 100]);
  });

  it('offer no page beyond the last when the current one is', () => {
    expect(pageList(9, 3)).toEqual([1, 2, 3]);
  });
});
