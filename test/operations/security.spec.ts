import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Problem } from '@shoal/contracts';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, launch, startCluster } from '../cluster/cluster.ts';
import { valueOf } from '../cluster/metrics.ts';
import { until } from '../cluster/until.ts';

const KEYS = ['the-first-key-of-this-run', 'the-second-key-of-this-run'] as const;
const JSON_TYPE = { 'content-type': 'application/json' };

/** Every kind of change: method, path, body. */
const CHANGES = [
  ['PUT', '/api/documents/eel', '{"title":"Eel","text":"An eel winds."}'],
  ['POST', '/api/documents', '{"id":"eel","title":"Eel","text":"An eel winds."}\n'],
  ['DELETE', '/api/documents/herring', undefined],
  ['PUT', '/api/faults/slow-replica', '{"enabled":true}'],
] as const;

type Headers = Record<string, string | string[]>;

interface Reply {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: Partial<Problem>;
}

/** Sends exactly these headers, unlike fetch. */
async function send(url: string, method: string, headers: Headers, body?: string): Promise<Reply> {
  const request = http.request(url, { method, headers, agent: false }).end(body);
  // A server that receives too much answers and closes.
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  const { statusCode: status, headers: answered } = response;
  const content = await text(response);
  return { status, headers: answered, body: content.startsWith('{') ? (JSON.parse(content) as Problem) : {} };
}

const typeOf = (method: string): Headers =>
  method === 'POST' ? { 'content-type': 'application/x-ndjson' } : JSON_TYPE;

/** An address of this machine that is not loopback, if it has one. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

const hasProc = existsSync('/proc/self/environ');

describe('a run with keys, beyond loopback', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-corpus-'));
  let cluster: Cluster;
  let clients = 0;

  beforeAll(async () => {
    const corpus = path.join(folder, 'fish.jsonl');
    writeFileSync(corpus, '{"id":"herring","title":"Herring","text":"A herring swims."}\n');
    cluster = await startCluster({
      host: '0.0.0.0',
      corpus,
      env: {
        SHOAL_API_KEYS: KEYS.join(','),
        SHOAL_RATE_LIMIT: '20',
        SHOAL_TRUST_PROXY: 'loopback',
        LOG_LEVEL: 'trace',
      },
    });
    return async () => {
      await cluster.stop();
      rmSync(folder, { recursive: true });
    };
  });

  /** Sends a request as a new client: the cluster trusts this test as its proxy. */
  const ask = (method: string, url: string, headers: Headers = {}, body?: string) =>
    send(cluster.url + url, method, { 'x-forwarded-for': `198.51.100.${++clients}`, ...headers }, body);

  it('loads its corpus and answers reads without a key', async () => {
    expect(cluster.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    for (const host of ['127.0.0.1', ...(outside ? [outside] : [])]) {
      const url = cluster.url.replace('127.0.0.1', host);
      const { status, body } = await send(`${url}/api/documents/herring`, 'GET', {});
      expect([status, body.title]).toEqual([200, 'Herring']);
    }
  });

  it.runIf(outside)('exposes only the edge beyond loopback', async () => {
    for (const { url } of cluster.processes) {
      const elsewhere = url!.replace('127.0.0.1', outside!);
      await expect(fetch(elsewhere)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    }
  });

  it.each(CHANGES)('rejects %s %s without a key and changes nothing', async (method, url, body) => {
    const { status, headers, body: problem } = await ask(method, url, typeOf(method), body);
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer realm="shoal"']);
    expect(problem.detail).toMatch(/needs a key: send one of SHOAL_API_KEYS as "Authorization: Bearer KEY"/);
    expect((await ask('GET', '/api/documents/eel')).status).toBe(404);
    expect((await ask('GET', '/api/documents/herring')).status).toBe(200);
  });

  it.each([
    [{ 'x-api-key': 'a-key-of-another-run' }],
    [{ 'x-api-key': '' }],
    [{ 'x-api-key': 'schlüssel-schlüssel-schlüssel' }],
    [{ 'x-api-key': [KEYS[0], 'another'] }],
    [{ authorization: [`Bearer ${KEYS[0]}`, 'Bearer another'] }],
    [{ authorization: `Basic ${KEYS[0]}` }],
  ])('rejects the wrong key %j', async (wrong) => {
    const [method, url, body] = CHANGES[0];
    const { status, headers, body: problem } = await ask(method, url, { ...JSON_TYPE, ...wrong }, body);
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="shoal", error="invalid_token"',
    ]);
    expect(problem.detail).toMatch(/the key is wrong: send one of/);
  });

  it('rejects a key of 100 kB and a key in the URL', async () => {
    const [method, url, body] = CHANGES[0];
    const long = { ...JSON_TYPE, 'x-api-key': 'k'.repeat(100_000) };
    const answer = await ask(method, url, long, body).catch(() => ({ status: 'cut off' }));
    expect([431, 'cut off']).toContain(answer.status);
    const query = `${url}?api_key=${KEYS[0]}`;
    expect((await ask(method, query, JSON_TYPE, body)).status).toBe(401);
    const both = await ask(method, query, { ...JSON_TYPE, 'x-api-key': KEYS[0] }, body);
    expect(both.status).toBe(400);
    expect(both.body.detail).toContain('api_key');
    expect((await ask('GET', '/api/documents/eel')).status).toBe(404);
  });

  it('rejects an upload without a key before its body arrives', async () => {
    const upload = http.request(`${cluster.url}/api/documents`, { method: 'POST', headers: typeOf('POST') });
    upload.flushHeaders();
    const [response] = (await once(upload, 'response')) as [http.IncomingMessage];
    expect(response.statusCode).toBe(401);
    upload.destroy();
  });

  it('reads a rejected body to its end for slow clients', async () => {
    const { hostname, port } = new URL(cluster.url);
    const socket = net.connect(Number(port), hostname);
    socket.write(
      `POST /api/documents HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/x-ndjson\r\n`,
    );
    socket.write('content-length: 20000000\r\n\r\n');
    for (let sent = 0; sent < 20; sent++)
      if (!socket.write(Buffer.alloc(1_000_000, '\n'))) await once(socket, 'drain');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });

  it.each([
    [{ 'x-api-key': KEYS[0] }],
    [{ 'x-api-key': KEYS[1], origin: 'https://shoal.example', host: 'shoal.example' }],
    [{ authorization: `Bearer ${KEYS[0]}` }],
    [{ authorization: `bearer ${KEYS[1]}` }],
  ])('accepts every change with %j', async (key) => {
    for (const [method, url, body] of CHANGES) {
      const { status } = await ask(method, url, { ...typeOf(method), ...key }, body);
      expect([200, 202]).toContain(status);
    }
    const put = { ...JSON_TYPE, ...key };
    expect((await ask('PUT', '/api/faults/slow-replica', put, '{"enabled":false}')).status).toBe(200);
  });

  /** Repeats requests with these headers until one is rejected. */
  const rejected = (headersOf: (time: number) => Headers) => {
    let times = 0;
    return until('a request is rejected', async () => {
      const url = `${cluster.url}/api/cluster`;
      const answers = await Promise.all(
        Array.from({ length: 40 }, () => send(url, 'GET', headersOf(++times))),
      );
      return answers.find(({ status }) => status === 429);
    });
  };

  describe('the rate limit', () => {
    it('rejects only the client that exceeds it, with 429 and Retry-After', async () => {
      const greedy = { 'x-forwarded-for': '203.0.113.1' };
      const { headers, body } = await rejected(() => greedy);
      expect(headers['retry-after']).toBe('1');
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body.detail).toMatch(/more than 20 requests .* come back after Retry-After seconds/);
      expect((await ask('GET', '/api/cluster')).status).toBe(200);
      const frontend = cluster.process('frontend-0');
      expect(await valueOf(frontend, 'shoal_rate_limit_rejected_total')).toBeGreaterThan(0);
      await until('the client is admitted again', async () => {
        return (await send(`${cluster.url}/api/cluster`, 'GET', greedy)).status === 200;
      });
    });

    it('counts clients with a key by their key', async () => {
      const address = { 'x-forwarded-for': '203.0.113.2' };
      await rejected(() => ({ ...address, 'x-api-key': KEYS[0] }));
      expect((await ask('GET', '/api/cluster', { ...address, 'x-api-key': KEYS[1] })).status).toBe(200);
      expect((await ask('GET', '/api/cluster', address)).status).toBe(200);
    });

    it('ignores wrong keys and forged addresses', async () => {
      const { status } = await rejected((time) => ({
        'x-forwarded-for': `10.0.${time >> 8}.${time & 255}, 203.0.113.3`,
        'x-api-key': `guess-${time}`,
      }));
      expect(status).toBe(429);
    });
  });

  it.each([
    ['the page', '/', 200],
    ['the API', '/api/cluster', 200],
    ['its documentation', '/api/docs', 200],
    ['nothing', '/nothing', 404],
    ['a path that cannot be read', '/api/%ZZ', 400],
    ['a rejection', '/api/search?q=', 400],
  ])('sends security headers with %s', async (_, url, expected) => {
    const { status, headers } = await ask('GET', url);
    expect(status).toBe(expected);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'x-frame-options': 'DENY',
    });
    expect(headers['content-security-policy']).toMatch(/default-src '(none|self)';.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe-eval/);
    for (const telling of ['server', 'x-powered-by', 'access-control-allow-origin'])
      expect(headers).not.toHaveProperty(telling);
  });

  it('keeps secrets out of logs, metrics and process lists', async () => {
    const access = readFileSync(path.join(cluster.data, 'nats/access.json'), 'utf8');
    const { passwords } = JSON.parse(access) as { passwords: Record<string, string> };
    const told = new Map([
      ['cluster.json', JSON.stringify(cluster.processes)],
      ['the output', cluster.output],
      ['the metrics', await (await fetch(`${cluster.process('frontend-0').url}/metrics`)).text()],
    ]);
    for (const { name, pid } of cluster.processes) {
      told.set(`log of ${name}`, readFileSync(path.join(cluster.data, 'logs', `${name}.log`), 'utf8'));
      if (hasProc) told.set(`ps of ${name}`, readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    }
    const secrets = [...KEYS, ...Object.values(passwords)];
    const telling = [...told].filter(([, text]) => secrets.some((secret) => text.includes(secret)));
    expect(telling).toEqual([]);
  });

  it.runIf(hasProc)('passes its keys only to frontends', () => {
    const knowing = cluster.processes.filter(({ pid }) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes(KEYS[0]),
    );
    expect(knowing.map(({ role }) => role)).toEqual(['frontend']);
  });
});

describe('a run without keys, beyond loopback', () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startCluster({ host: '0.0.0.0' });
    return () => cluster.stop();
  });

  it.each(CHANGES)('rejects %s %s with advice', async (method, url, body) => {
    for (const edge of [cluster.url, cluster.process('frontend-0').url!]) {
      const { status, body: problem } = await send(
        edge + url,
        method,
        { ...typeOf(method), 'x-api-key': KEYS[0] },
        body,
      );
      expect(status).toBe(403);
      expect(problem.detail).toMatch(
        /nobody may change anything: start it with SHOAL_API_KEYS, or on loopback/,
      );
    }
  });

  it('answers reads and reports at its start that writes are rejected', async () => {
    expect((await cluster.api.search('eel')).hits).toEqual([]);
    expect(cluster.output).toMatch(/without SHOAL_API_KEYS nobody may change anything/);
  });

  it('does not start with a corpus to load', async () => {
    const attempt = launch({ host: '0.0.0.0', corpus: 'wordnet' });
    expect(await attempt.ended()).toBe(1);
    expect(attempt.errors).toMatch(/wordnet 3\.1 cannot be loaded.*Set it \(SHOAL_API_KEYS=/s);
    expect(attempt.errors).not.toMatch(/nats-server/);
    await attempt.stop();
  });
});
