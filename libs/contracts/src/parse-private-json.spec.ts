import { expect, it } from 'vitest';
import { parsePrivateJson } from './parse-private-json.js';

it('parses', () => {
  expect(parsePrivateJson('the document', '{"title":"Sea"}')).toEqual({ title: 'Sea' });
});

it('names what is wrong without a word of it', () => {
  expect(() => parsePrivateJson('the document', '{"title": my diary}')).toThrow(
    new SyntaxError('the document is not JSON'),
  );
});
