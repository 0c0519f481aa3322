import type { Problem } from '@shoal/contracts';
import { describe, expect, it } from 'vitest';
import type { Answer } from '../cluster/api.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';

const { api } = sharedCluster();
/** Stored by no file. */
const ID = 'rejected';

/** Expects a problem document of this status whose detail matches the advice. */
function expectProblem({ status, type, body }: Answer<Problem>, expected: number, advice: RegExp): void {
  expect(body).toMatchObject({ status: expected, title: expect.any(String), type: 'about:blank' });
  expect(status).toBe(expected);
  expect(type).toMatch(/^application\/problem\+json/);
  expect(body.detail).toMatch(advice);
}

const put = (body: string, { id = ID, type = 'application/json', query = '' } = {}) =>
  api.problem(`/api/documents/${id}${query}`, { method: 'PUT', headers: { 'content-type': type }, body });
const json = (document: object) => JSON.stringify({ title: 'T', text: 'words', ...document });
const nested = (depth: number) =>
  `{"title":"T","text":"words","fields":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;

describe('GET /api/search', () => {
  it.each([
    ['without q', '', /q is missing.*\?q=dog/],
    ['with an empty q', '?q=', /q is blank.*\?q=dog/],
    ['with a blank q', '?q=%20%09', /q is blank.*\?q=dog/],
    ['with q twice', '?q=a&q=b', /given twice.*once/],
    ['with 10 kB of q', `?q=${'long+word+'.repeat(1000)}`, /at most 1024 bytes.*few words/],
    ['with a NUL byte in q', '?q=a%00b', /q must not contain NUL bytes/],
    ['for 0 hits', '?q=a&size=0', /size must be a whole number from 1 to 1000/],
    ['for 1,001 hits', '?q=a&size=1001', /size must be a whole number from 1 to 1000/],
    ['for -1 hits', '?q=a&size=-1', /size must be a whole number from 1 to 1000/],
    ['for ten hits in letters', '?q=a&size=ten', /size must be a whole number from 1 to 1000/],
    ['for half a hit', '?q=a&size=1.5', /size must be a whole number from 1 to 1000/],
    ['for an empty size', '?q=a&size=', /size must be a whole number from 1 to 1000/],
    ['from -1', '?q=a&from=-1', /from must be a whole number from 0/],
    ['beyond the first 1,000 hits', '?q=a&from=995&size=10', /every shard must send.*cost grows.*Add a word/],
    ['far beyond them', '?q=a&from=5000', /every shard must send/],
    ['with an unknown operator', '?q=a&operator=xor', /operator must be "or" or "and"/],
    ['with an unknown parameter', '?q=a&limit=3', /unknown parameter "limit".*takes q, size, from/],
    ['with a timeout of 0', '?q=a&timeoutMs=0', /timeoutMs must be a whole number from 1 to 10000/],
    ['with an empty routing key', '?q=a&routing=', /routing must not be empty/],
  ])('rejects a search %s', async (_, query, advice) => {
    expectProblem(await api.problem(`/api/search${query}`), 400, advice);
  });

  it('returns no hits when q has only emoji', async () => {
    const { hits, total, coverage } = await api.search('🐟🐠🐡');
    expect({ hits, total: total.value, degraded: coverage.degraded }).toEqual({
      hits: [],
      total: 0,
      degraded: false,
    });
  });

  it('returns the last page within the first 1,000 hits', async () => {
    expect((await api.search('unwritten', { from: 990, size: 10 })).hits).toEqual([]);
  });
});

describe('GET /api/suggest', () => {
  it.each([
    ['without q', '', /q is missing/],
    ['for too many', '?q=a&size=51', /size must be a whole number from 1 to 50/],
    ['with an unknown parameter', '?q=a&from=3', /unknown parameter "from": suggest takes q and size/],
  ])('rejects a request %s', async (_, query, advice) => {
    expectProblem(await api.problem(`/api/suggest${query}`), 400, advice);
  });
});

describe('PUT /api/documents/:id', () => {
  it.each([
    ['without a title', JSON.stringify({ text: 'words' }), /title must be a string/],
    ['without a text', JSON.stringify({ title: 'T' }), /text must be a string/],
    ['with a blank title', json({ title: ' ' }), /title must not be empty/],
    ['with a number for a title', json({ title: 7 }), /title must be a string/],
    ['with a list for a text', json({ text: ['a'] }), /text must be a string/],
    ['with NUL bytes', json({ text: 'a\0b' }), /text must not contain NUL bytes; remove them/],
    ['with a relative url', json({ url: '/x' }), /url must be an absolute http or https address/],
    ['with a script for a url', json({ url: 'javascript:alert(1)' }), /url must be an absolute http/],
    ['with an empty routing key', json({ routing: '' }), /routing must not be empty/],
    ['with fields that are none', json({ fields: 'a' }), /fields must be an object/],
    ['with fields nested 3,000 deep', nested(3_000), /fields must be nested at most 100 deep; flatten/],
    ['with a key "__proto__"', '{"title":"T","text":"t","fields":{"__proto__":1}}', /"__proto__".*rename/],
    ['with an unknown member', json({ tags: [] }), /unknown "tags".*put anything else into fields/],
    ['that is a list', '[]', /must be a JSON object/],
    ['that is null', 'null', /must be a JSON object/],
    ['of broken JSON', '{"title": "T", ', /JSON/],
    ['of nothing', '', /JSON|empty/],
  ])('rejects a document %s', async (_, body, advice) => {
    expectProblem(await put(body), 400, advice);
    expect((await api.get(ID)).status).toBe(404);
  });

  it('rejects a document of 2 MB', async () => {
    expectProblem(await put(json({ text: 'word '.repeat(400_000) })), 413, /256 KiB.*NDJSON/);
  });

  it('rejects a document just above the limit and states its size', async () => {
    expectProblem(
      await put(json({ text: 'w'.repeat(263_000) })),
      413,
      /263\d{3} bytes, and at most 262144.*split/,
    );
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('rejects a document as %s', async (type) => {
    expectProblem(await put(json({}), { type }), 415, /content-type: application\/json/);
  });

  it('rejects an id of 300 characters', async () => {
    expectProblem(await put(json({}), { id: 'i'.repeat(300) }), 400, /id must be at most 256 bytes.*hash/);
  });

  it('rejects an id with control characters', async () => {
    expectProblem(await put(json({}), { id: 'a%00b' }), 400, /id must not contain control characters/);
  });

  it('rejects an id that is not UTF-8', async () => {
    expectProblem(await put(json({}), { id: '%ff' }), 400, /path cannot be read/);
  });

  it('explains how to escape a slash in an id', async () => {
    expectProblem(await put(json({}), { id: 'a/b' }), 404, /%2F/);
  });

  it('rejects an unknown value of wait', async () => {
    expectProblem(await put(json({}), { query: '?wait=forever' }), 400, /wait must be "searchable"/);
  });
});

describe('POST /api/documents', () => {
  it.each(['application/json', 'text/plain', 'application/xml', 'application/x-www-form-urlencoded'])(
    'rejects an upload as %s',
    async (type) => {
      const body = '{"id":"1","title":"T","text":"t"}\n';
      const answer = await api.problem('/api/documents', {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      });
      expectProblem(answer, 415, /application\/x-ndjson/);
    },
  );
});

describe('an unknown parameter', () => {
  it.each([
    ['GET', '/api/documents/x?source=false', '"source"'],
    ['DELETE', '/api/documents/x?wait=searchable', '"wait"'],
    ['POST', '/api/documents?wait=searchable', '"wait"'],
    ['GET', '/api/cluster?pretty', '"pretty"'],
  ])('is rejected by %s %s', async (method, path, name) => {
    const load = { headers: { 'content-type': 'application/x-ndjson' }, body: '' };
    const answer = await api.problem(path, { method, ...(method === 'POST' && load) });
    expectProblem(answer, 400, new RegExp(`unknown parameter ${name}: this call takes no parameters`));
  });
});

describe('an unknown path', () => {
  it.each([
    ['GET', '/api/nothing'],
    ['POST', '/api/search'],
    ['PATCH', '/api/documents/x'],
  ])('returns a problem document to %s %s', async (method, path) => {
    expectProblem(await api.problem(path, { method }), 404, /\/api\/docs/);
  });
});
