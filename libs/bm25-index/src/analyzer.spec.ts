import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, analyzeWords, tokens } from './analyzer.js';

describe('analyze', () => {
  it('keeps order and repeats, drops stop words and stems', () => {
    expect(analyze('The running dogs and the DOG ran')).toEqual(['run', 'dog', 'dog', 'ran']);
  });

  it("drops a possessive 's, straight or curly, but no other s", () => {
    expect(analyze("Parkinson's rock’n’roll Hooke’S 1980s 's")).toEqual([
      'parkinson',
      'rock',
      'n',
      'roll',
      'hook',
      '1980',
      's',
    ]);
  });

  it('takes letters and digits of any script as words', () => {
    expect(analyze('IL-6 größe 東京 2.5 🐟')).toEqual(['il', '6', 'größe', '東京', '2', '5']);
  });

  it('reads a letter alike whether its accent is composed or not', () => {
    expect(analyze('cafe\u0301')).toEqual(analyze('caf\u00e9'));
  });

  it('finds nothing in blank text and in emoji', () => {
    expect(analyze(' \n🐟🐟 ...')).toEqual([]);
  });

  it('is not fooled by names that objects have', () => {
    expect(analyze('constructor __proto__ toString')).toEqual(['constructor', 'proto', 'tostr']);
  });
});

describe('tokens', () => {
  it('returns the position of each word, and null for a stop word', () => {
    const text = "The dog's Café";
    expect(tokens(text).map(({ start, end, term }) => [text.slice(start, end), term])).toEqual([
      ['The', null],
      ['dog', 'dog'],
      ['Café', 'café'],
    ]);
  });

  it('has the terms of analyze, in order, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokens(text).map(({ term }) => term)).toEqual(analyzeWords(text));
        expect(analyzeWords(text).filter((term) => term !== null)).toEqual(analyze(text));
      }),
    );
  });
});
