import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { ConfigService } from '@nestjs/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { frontendSettings, type FrontendSettings } from '../settings.js';
import { ApiKeys } from './api-keys.js';
import { requireApiKey } from './require-api-key.js';

const KEYS = ['first-key-of-this-run', 'second-key-of-this-run'];

function settingsOf(environment: Record<string, string>): FrontendSettings {
  return new ConfigService(frontendSettings.parse({ SHOAL_NAME: 'frontend-0', ...environment }));
}

let app: FastifyInstance | undefined;

afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** A process with these settings. @returns its address */
async function start(environment: Record<string, string>): Promise<string> {
  const settings = settingsOf(environment);
  const keys = new ApiKeys(settings);
  app = fastify();
  const adapter = { getInstance: () => app };
  requireApiKey({
    get: (token: unknown) => (token === ConfigService ? settings : keys),
    getHttpAdapter: () => adapter,
  } as unknown as NestFastifyApplication);
  app.get('/', () => 'read');
  app.put('/', () => 'changed');
  return app.listen();
}

/** Asks a process with these settings for a change. */
async function change(environment: Record<string, string>, headers: OutgoingHttpHeaders = {}) {
  const asked = request(await start(environment), { method: 'PUT', headers }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return {
    status: answer.statusCode,
    challenge: answer.headers['www-authenticate'],
    body: await text(answer),
  };
}

describe('with keys', () => {
  const settings = { SHOAL_API_KEYS: KEYS.join(', ') };

  it.each([
    { authorization: `Bearer ${KEYS[0]}` },
    { authorization: `bearer  ${KEYS[1]}` },
    { 'x-api-key': KEYS[1]! },
    { authorization: `Bearer ${KEYS[0]}`, 'x-api-key': KEYS[1]!, origin: 'http://other.example' },
  ])('%j may', async (headers) => {
    expect(await change(settings, headers)).toMatchObject({ status: 200, body: 'changed' });
  });

  it('no key is told which header to send', async () => {
    const { status, challenge, body } = await change(settings);
    expect([status, challenge]).toEqual([401, 'Bearer realm="shoal"']);
    expect(body).toMatch(/this needs a key: send one of SHOAL_API_KEYS/);
  });

  it('no key is told so before the body has come', async () => {
    const headers = { 'content-type': 'application/json', 'content-length': 1_000 };
    const asked = request(await start(settings), { method: 'PUT', headers });
    asked.on('error', () => undefined).flushHeaders();
    const [{ statusCode }] = (await once(asked, 'response')) as [IncomingMessage];
    expect(statusCode).toBe(401);
    asked.destroy();
  });

  it('everybody may read', async () => {
    expect((await fetch(await start(settings))).status).toBe(200);
  });

  it.each([
    { 'x-api-key': '' },
    { 'x-api-key': KEYS[0]!.slice(0, -1) },
    { 'x-api-key': KEYS.join(', ') },
    { 'x-api-key': [KEYS[0]!, 'other'] },
    { 'x-api-key': 'clé-clé-clé-clé-clé' },
    { authorization: '' },
    { authorization: 'Bearer' },
    { authorization: `Basic ${KEYS[0]}` },
    { authorization: `Bearer ${KEYS[0]}`, 'x-api-key': 'other' },
  ])('%j may not', async (headers) => {
    const { status, challenge, body } = await change(settings, headers);
    expect([status, challenge]).toEqual([401, 'Bearer realm="shoal", error="invalid_token"']);
    expect(body).toMatch(/the key is wrong/);
  });
});

describe('without keys', () => {
  it('everybody on this machine may', async () => {
    expect(await change({ SHOAL_API_KEYS: ' ' })).toMatchObject({ status: 200 });
  });

  it('the own page may, a page of another site may not', async () => {
    const host = '127.0.0.1:8080';
    expect(await change({}, { host, origin: `http://${host}` })).toMatchObject({ status: 200 });
    for (const origin of ['http://other.example', 'http://127.0.0.1:8081', 'null', ''])
      expect(await change({}, { host, origin })).toMatchObject({ status: 403 });
  });

  it.each(['SHOAL_EDGE_HOST', 'SHOAL_HTTP_HOST'])('nobody may when %s is beyond loopback', async (name) => {
    const { status, body } = await change({ [name]: '0.0.0.0' }, { 'x-api-key': KEYS[0]! });
    expect(status).toBe(403);
    expect(body).toMatch(/start it with SHOAL_API_KEYS, or on loopback/);
  });
});

it.each(['short', `${KEYS[0]},`, `${KEYS[0]},another short`, 'clé-clé-clé-clé-clé'])(
  'does not start with the keys %j, and does not repeat them',
  (keys) => {
    const { error } = frontendSettings.safeParse({ SHOAL_NAME: 'frontend-0', SHOAL_API_KEYS: keys });
    const failure = String(error);
    expect(failure).toMatch(/SHOAL_API_KEYS.*16 or more/s);
    for (const key of keys.split(',').filter(Boolean)) expect(failure).not.toContain(key);
  },
);
