import { describe, expect, it } from 'vitest';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { until } from '../cluster/until.ts';

const { api } = sharedCluster();

describe('a document', () => {
  it('is found by the next search after wait=searchable', async () => {
    const { status, body } = await api.put('dog', { title: 'Dog', text: 'A dog barks.' }, '?wait=searchable');
    expect(status).toBe(200);
    expect(body).toEqual({ id: 'dog', sequence: expect.any(Number), partition: expect.any(Number) });
    expect(await api.found('barks')).toEqual(['dog']);
  });

  it('is found soon when the write is only accepted', async () => {
    const { status } = await api.put('cat', { title: 'Cat', text: 'A cat purrs.' });
    expect(status).toBe(202);
    await until('the cat is found', async () => (await api.found('purrs'))[0] === 'cat', 5_000);
  });

  it('is read back unchanged immediately after the write', async () => {
    const document = {
      title: 'Fox “é” 狐',
      text: 'The fox\n\tjumps.',
      url: 'https://example.org/fox?a=1&b=ü',
      fields: { legs: 4, kin: ['wolf', null], deep: { a: true } },
    };
    await api.put('fox', document);
    const { status, body } = await api.get('fox');
    expect(status).toBe(200);
    expect(body).toEqual({ id: 'fox', ...document });
    const [hit] = await until('the fox is found', async () => {
      const { hits } = await api.search('jumps fox');
      return hits.length > 0 && hits;
    });
    expect(hit).toEqual({ id: 'fox', ...document, score: expect.any(Number), shard: expect.any(Number) });
  });

  it('is found by its new words only when it is replaced', async () => {
    await api.put('bird', { title: 'Bird', text: 'oldword' }, '?wait=searchable');
    await api.put('bird', { title: 'Bird', text: 'newword' }, '?wait=searchable');
    expect(await api.found('oldword')).toEqual([]);
    expect(await api.found('newword')).toEqual(['bird']);
    expect((await api.get('bird')).body).toMatchObject({ text: 'newword' });
  });

  it('is neither read nor found when it is deleted', async () => {
    await api.put('fly', { title: 'Fly', text: 'buzzes' }, '?wait=searchable');
    const { status, body } = await api.delete('fly');
    expect(status).toBe(202);
    expect(body).toMatchObject({ id: 'fly' });
    expect((await api.get('fly')).status).toBe(404);
    await until('it is not found', async () => (await api.found('buzzes')).length === 0);
  });

  it('is deleted when an empty body has a content type', async () => {
    await api.put('wasp', { title: 'Wasp', text: 'stings' }, '?wait=searchable');
    const { status } = await api.fetch('/api/documents/wasp', {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: '',
    });
    expect(status).toBe(202);
    expect((await api.get('wasp')).status).toBe(404);
    await until('it is not found', async () => (await api.found('stings')).length === 0);
  });

  it('returns 404 to a read but 202 to a delete when absent', async () => {
    expect((await api.delete('absent')).status).toBe(202);
    const { status, type, body } = await api.problem('/api/documents/absent');
    expect(status).toBe(404);
    expect(type).toContain('application/problem+json');
    expect(body.detail).toContain('absent');
  });

  it('keeps a script tag as text', async () => {
    const title = '<script>alert("x")</script> & <b>';
    await api.put('script', { title, text: 'markup' }, '?wait=searchable');
    expect((await api.search('markup')).hits[0]?.title).toBe(title);
  });

  it.each(['a/b', 'with space', 'star*', 'more>', 'dot.dot', 'ünïcödé-狐', '%41', '?a=b&c#d'])(
    'is stored, found and deleted with the id %s',
    async (id) => {
      const { status } = await api.put(id, { title: 'Odd', text: 'oddlynamed' }, '?wait=searchable');
      expect(status).toBe(200);
      expect((await api.get(id)).body).toMatchObject({ id });
      expect(await api.found('oddlynamed')).toContain(id);
      expect((await api.delete(id)).status).toBe(202);
      await until('it is gone', async () => (await api.get(id)).status === 404);
    },
  );
});

describe('routing', () => {
  it('limits a search to one shard and documents of the key', async () => {
    for (const [id, routing] of [
      ['r1', 'red'],
      ['r2', 'red'],
      ['b1', 'blue'],
    ] as const) {
      await api.put(id, { title: 'Ball', text: 'bouncing', routing }, '?wait=searchable');
    }
    await api.put('plain', { title: 'Ball', text: 'bouncing' }, '?wait=searchable');
    const { hits, total, coverage } = await api.search('bouncing', { routing: 'red' });
    expect(coverage.shards.total).toBe(1);
    expect(total.value).toBe(2);
    expect(hits.map(({ id, routing }) => [id, routing])).toEqual([
      ['r1', 'red'],
      ['r2', 'red'],
    ]);
    expect((await api.search('bouncing')).coverage.shards.total).toBe(2);
  });

  it('moves a document to another partition when it changes', async () => {
    const keys = ['one', 'two', 'three', 'four', 'five', undefined];
    for (const routing of keys) {
      await api.put('mover', { title: 'Mover', text: `wandering ${routing}`, ...(routing && { routing }) });
    }
    await api.put('mover', { title: 'Mover', text: 'wandering home', routing: 'home' }, '?wait=searchable');
    await until('no old version is left', async () => (await api.search('wandering')).total.value === 1);
    expect((await api.search('wandering')).hits[0]?.text).toBe('wandering home');
    await api.delete('mover');
    await until('it is gone', async () => (await api.search('wandering')).total.value === 0);
    expect((await api.get('mover')).status).toBe(404);
  });
});
