import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeKey, encodeKey } from './subject-key.js';

const anyId = fc.string({ unit: 'binary', minLength: 1 });

describe('encodeKey', () => {
  it('decodes to the same id for any Unicode text', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(decodeKey(encodeKey(id))).toBe(id);
      }),
    );
  });

  it('returns one valid subject token', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(encodeKey(id)).toMatch(/^[A-Za-z0-9_=-]+$/);
      }),
    );
  });

  it('returns different keys for different ids', () => {
    fc.assert(
      fc.property(anyId, anyId, (a, b) => {
        expect(encodeKey(a) === encodeKey(b)).toBe(a === b);
      }),
    );
  });

  it('keeps plain ids and escapes characters with a meaning in NATS', () => {
    expect(encodeKey('n00001740_x-Y')).toBe('n00001740_x-Y');
    expect(encodeKey('a/b c.*>=')).toBe('a=2Fb=20c=2E=2A=3E=3D');
    expect(encodeKey('ü🐟')).toBe('=C3=BC=F0=9F=90=9F');
    expect(decodeKey(encodeKey('\uFEFFbom'))).toBe('\uFEFFbom');
  });

  it('rejects ids without a UTF-8 form', () => {
    expect(() => encodeKey('')).toThrow('must not be empty');
    expect(() => encodeKey('\uD83D')).toThrow('surrogate');
  });

  it.each(['', 'a b', '=2', '=2f', '=GG', 'a.b', '=FF'])('rejects the key %j', (key) => {
    expect(() => decodeKey(key)).toThrow(/not a key|not valid/);
  });
});
