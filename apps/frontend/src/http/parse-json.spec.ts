import { describe, expect, it } from 'vitest';
import { parseJson } from './parse-json.js';

describe('parseJson', () => {
  it('gives what the text says', () => {
    expect(parseJson('{"a":[1,{"b":null}],"constructor":{"prototype":1}}')).toEqual({
      a: [1, { b: null }],
      constructor: { prototype: 1 },
    });
  });

  it.each(['{"a":', '', 'undefined'])('says what is wrong with %j', (text) => {
    expect(() => parseJson(text)).toThrow('not valid JSON, correct it');
  });

  it.each(['{"__proto__":1}', '{"a":[{"\\u005f_proto__":{}}]}'])(
    'rejects the key __proto__, as in %s',
    (text) => {
      expect(() => parseJson(text)).toThrow('"__proto__" cannot be stored: rename it');
    },
  );

  it('takes __proto__ as a value, and a value that is deeper than the stack', () => {
    expect(parseJson('{"title":"__proto__"}')).toEqual({ title: '__proto__' });
    expect(() => parseJson('['.repeat(20_000) + ']'.repeat(20_000))).not.toThrow();
  });
});
