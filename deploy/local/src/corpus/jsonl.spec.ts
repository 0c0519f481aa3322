import { expect, it } from 'vitest';
import { toDocument } from './jsonl.js';

it('passes our own documents on as they are', () => {
  const line = '{"id":"a/1","title":"T","text":"x","fields":{"n":1}}';
  expect(toDocument(line)).toEqual({ id: 'a/1', line });
});

it('takes the id, title and text of a line of BEIR and drops its metadata', () => {
  const { id, line } = toDocument('{"_id":"4983","title":"Brain","text":"matter","metadata":{"url":"x"}}');
  expect(id).toBe('4983');
  expect(JSON.parse(line)).toEqual({ id: '4983', title: 'Brain', text: 'matter' });
});

it('lets the first words of the text stand in for an empty title', () => {
  const { line } = toDocument(
    '{"_id":"1","title":" ","text":"one two three four five six seven eight nine"}',
  );
  expect(JSON.parse(line)).toMatchObject({ title: 'one two three four five six seven eight' });
});

it.each(['{"id":', 'null', '[]', '{"title":"no id"}', '{"id":7}'])(
  'leaves %s for the frontend to judge',
  (line) => {
    expect(toDocument(line)).toEqual({ id: undefined, line });
  },
);
