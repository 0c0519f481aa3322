import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fingerprint } from './fingerprint.js';

function of(...changes: [term: string, difference: number][]): number {
  const fingerprint = new Fingerprint();
  for (const [term, difference] of changes) fingerprint.add(term, difference);
  return fingerprint.value;
}

describe('Fingerprint', () => {
  it('is the same whichever way the frequencies came about', () => {
    const change = fc.tuple(fc.string(), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const frequencies = new Map<string, number>();
        for (const [term, difference] of changes)
          frequencies.set(term, (frequencies.get(term) ?? 0) + difference);
        expect(of(...changes)).toBe(of(...frequencies));
      }),
    );
  });

  it('tells terms apart that exchanged a character', () => {
    const digits = [...'0123456789'];
    const seen = new Map<number, string>();
    for (const term of digits.flatMap((a) => digits.map((b) => a + b)))
      for (const other of digits.flatMap((a) => digits.map((b) => a + b)).filter((other) => other > term)) {
        const value = of([term, 1], [other, 1]);
        expect(seen.get(value)).toBeUndefined();
        seen.set(value, `${term} ${other}`);
      }
  });
});
