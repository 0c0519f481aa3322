import { beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../cluster/api.ts';
import { startCluster } from '../cluster/cluster.ts';
import { until } from '../cluster/until.ts';

let api: Api;

beforeAll(async () => {
  const cluster = await startCluster({ shards: 2, replicas: 2, members: 4 });
  api = cluster.api;
  return () => cluster.stop();
});

describe('a document', () => {
  it('can be found as soon as wait=searchable has answered', async () => {
    const { status, body } = await api.put('dog', { title: 'Dog', text: 'A dog barks.' }, '?wait=searchable');
    expect(status).toBe(200);
    expect(body).toEqual({ id: 'dog', sequence: expect.any(Number), partition: expect.any(Number) });
    expect(await api.found('barks')).toEqual(['dog']);
  });

  it('can be found within a second when it was only accepted', async () => {
    let cats = 0;
    // A machine that stands still for a moment may cost one of them its second, but not each.
    await until('a cat is found within a second', async () => {
      const id = `cat-${cats++}`;
      const { status } = await api.put(id, { title: 'Cat', text: 'A cat purrs.' });
      const accepted = performance.now();
      expect(status).toBe(202);
      await until('the cat is found', async () => (await api.found('purrs')).includes(id));
      return performance.now() - accepted < 1_000;
    });
  });

  it('is read as it was written, at once', async () => {
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

  it('is replaced by another version without a trace of the old one', async () => {
    await api.put('bird', { title: 'Bird', text: 'oldword' }, '?wait=searchable');
    await api.put('bird', { title: 'Bird', text: 'newword' }, '?wait=searchable');
    expect(await api.found('oldword')).toEqual([]);
    expect(await api.found('newword')).toEqual(['bird']);
    expect((await api.get('bird')).body).toMatchObject({ text: 'newword' });
  });

  it('is gone once it is deleted', async () => {
    await api.put('fly', { title: 'Fly', text: 'buzzes' }, '?wait=searchable');
    const { status, body } = await api.delete('fly');
    expect(status).toBe(202);
    expect(body).toMatchObject({ id: 'fly' });
    expect((await api.get('fly')).status).toBe(404);
    await until('it is found no more', async () => (await api.found('buzzes')).length === 0);
  });

  it('is gone also when the delete names a content type for its empty body', async () => {
    await api.put('wasp', { title: 'Wasp', text: 'stings' }, '?wait=searchable');
    const { status } = await api.fetch('/api/documents/wasp', {
      method: 'DELETE',
      headers: { 'content-type': 'application/json' },
      body: '',
    });
    expect(status).toBe(202);
    expect((await api.get('wasp')).status).toBe(404);
    await until('it is found no more', async () => (await api.found('stings')).length === 0);
  });

  it('that is not there can be deleted and not be read', async () => {
    expect((await api.delete('nobody')).status).toBe(202);
    const { status, type, body } = await api.problem('/api/documents/nobody');
    expect(status).toBe(404);
    expect(type).toContain('application/problem+json');
    expect(body.detail).toContain('nobody');
  });

  it('keeps a script tag as the text it is', async () => {
    const title = '<script>alert("x")</script> & <b>';
    await api.put('script', { title, text: 'markup' }, '?wait=searchable');
    expect((await api.search('markup')).hits[0]?.title).toBe(title);
  });

  it.each(['a/b', 'with space', 'star*', 'more>', 'dot.dot', 'ünïcödé-狐', '%41', '?a=b&c#d'])(
    'may be called %s',
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
  it('leads a search to one shard, which finds only documents with that key', async () => {
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

  it('may change: the document moves to another partition and is still one document', async () => {
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
