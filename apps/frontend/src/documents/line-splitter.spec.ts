import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineSplitter, type Line } from './line-splitter.js';

const MAX_BYTES = 12;

/** Feeds a text in pieces cut at these byte offsets. */
function split(text: string, cuts: number[] = []): Line[] {
  const bytes = Buffer.from(text);
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const splitter = new LineSplitter(MAX_BYTES);
  const lines = at.slice(1).flatMap((end, i) => [...splitter.push(bytes.subarray(at[i], end))]);
  return [...lines, ...splitter.end()];
}

const texts = (text: string) => split(text).map((line) => line.text);

describe('a line splitter', () => {
  it('gives the same lines however the stream is cut, even within a character', () => {
    const text = fc
      .array(fc.constantFrom('a', 'é', '狐', '🐟', '\n', '\r\n', '\r', ' ', 'long long line'), {
        maxLength: 40,
      })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.array(fc.nat()), (whole, cuts) => {
        expect(split(whole, cuts)).toEqual(split(whole));
      }),
    );
  });

  it('gives every line, numbered from 1, without its end', () => {
    expect(split('a\nb\r\n\nc')).toEqual([
      { number: 1, text: 'a' },
      { number: 2, text: 'b' },
      { number: 3, text: '' },
      { number: 4, text: 'c' },
    ]);
  });

  it('gives no line after the last line end, and none for an empty stream', () => {
    expect(texts('a\n')).toEqual(['a']);
    expect(texts('')).toEqual([]);
  });

  it('gives null for a line that is too long, and goes on with the next', () => {
    expect(texts(`${'x'.repeat(MAX_BYTES)}\n${'x'.repeat(MAX_BYTES + 1)}\nb`)).toEqual([
      'x'.repeat(MAX_BYTES),
      null,
      'b',
    ]);
    expect(texts('x'.repeat(100))).toEqual([null]);
  });
});
