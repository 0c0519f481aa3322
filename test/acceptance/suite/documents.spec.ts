import { describe, expect, it } from 'vitest';
import { Api } from '../../cluster/api.ts';
import { until } from '../../cluster/until.ts';
import { api, deleteAfterwards, freshWord, search, target, writeDocuments } from './running.ts';

describe('documents', () => {
  it('one is found once its write is answered, read as it was written, and gone when it is deleted', async () => {
    const word = freshWord();
    deleteAfterwards([word]);
    const document = { title: `A ${word}`, text: 'It swims.', fields: { fins: 7 } };
    expect((await api.put(word, document, '?wait=searchable')).status).toBe(200);
    expect((await search(word)).hits).toMatchObject([{ id: word, ...document }]);
    expect((await api.get(word)).body).toEqual({ id: word, ...document });
    expect((await api.delete(word)).status).toBe(202);
    expect((await api.get(word)).status).toBe(404);
    await until('it is found no more', async () => (await search(word)).total.value === 0);
  });

  it('many are spread over all shards, and a search finds each of them', async () => {
    const word = await writeDocuments(100);
    const { hits, coverage } = await search(word);
    const { shards } = await api.cluster();
    expect(new Set(hits.map(({ id }) => id)).size).toBe(100);
    expect(new Set(hits.map(({ shard }) => shard)).size).toBe(shards.length);
    expect(coverage).toMatchObject({
      degraded: false,
      shards: { total: shards.length, answered: shards.length, timedOut: 0, failed: 0 },
    });
    expect(coverage.documents.searched).toBe(coverage.documents.total);
  });

  it.skipIf(target.apiKey === '')('are taken from nobody without the key', async () => {
    const { status } = await new Api(target.url).put(freshWord(), { title: 'none', text: 'none' });
    expect(status).toBe(401);
  });
});

describe('the edge', () => {
  it('has the page', async () => {
    expect(await api.fetch('/')).toMatchObject({ status: 200, type: expect.stringContaining('text/html') });
  });

  it('says what is wrong with a question', async () => {
    const { status, type, body } = await api.problem('/api/search?q=fish&size=0');
    expect([status, type]).toEqual([400, expect.stringContaining('application/problem+json')]);
    expect(body.detail).toContain('size must be a whole number');
  });
});
