import { once } from 'node:events';
import http from 'node:http';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SpanStatusCode } from '@shoal/telemetry';
import { fastify } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordSpans } from '../../../../test/cluster/recorded-spans.js';
import { TRACE_RESPONSE, traceRequests } from './trace-requests.js';

describe('the span of a request', () => {
  const ended = recordSpans();
  const app = fastify();
  let url: string;
  beforeAll(async () => {
    const nest = { getHttpAdapter: () => ({ getInstance: () => app }) };
    traceRequests(nest as unknown as NestFastifyApplication);
    app.get('/api/search', () => new Promise(() => {}));
    app.get('/api/docs', () => 'how to ask');
    // The page's files, as Nest has them: whatever is no other route.
    app.get('/*', (_, reply) => reply.code(404).send());
    url = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => app.close());
  beforeEach(() => void (ended.length = 0));

  /** Asks, and goes away after so long. */
  async function abort(afterMs: number): Promise<void> {
    const request = http.get(`${url}/api/search`, { signal: AbortSignal.timeout(afterMs) });
    await once(request, 'error');
    await expect.poll(() => ended.length).toBe(1);
  }

  it('is no error when its client goes on typing', async () => {
    await abort(80);
    expect(ended).toMatchObject([
      { status: { code: SpanStatusCode.UNSET }, attributes: { 'shoal.aborted': true } },
    ]);
    expect(ended[0]!.attributes).not.toHaveProperty('error.type');
  });

  it('is one when its client gives up after a wait', async () => {
    await abort(400);
    expect(ended).toMatchObject([
      {
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'shoal.aborted': true, 'error.type': 'aborted' },
      },
    ]);
  });

  it.each([
    ['GET', '/api/serach'],
    ['GET', '/api'],
    ['PATCH', '/api/search'],
  ])(
    'is there for %s %s, which the API does not have, named without what the client has made up',
    async (method, path) => {
      const answer = await fetch(`${url}${path}?q=fish`, { method });
      expect(answer.status).toBe(404);
      await expect.poll(() => ended.length).toBe(1);
      expect(ended).toMatchObject([
        { name: method, attributes: { 'url.path': path, 'http.response.status_code': 404 } },
      ]);
      expect(answer.headers.get(TRACE_RESPONSE)).toContain(ended[0]!.spanContext().traceId);
    },
  );

  it('is not there for what is no question to the cluster', async () => {
    for (const path of ['/api/docs', '/nowhere'])
      expect((await fetch(url + path)).headers.has(TRACE_RESPONSE)).toBe(false);
    expect(ended).toEqual([]);
  });
});
