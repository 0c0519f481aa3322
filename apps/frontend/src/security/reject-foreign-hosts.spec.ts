import { ConfigService } from '@nestjs/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { useSecureHeaders } from './headers.js';
import { frontendSettings } from '../settings.js';
import { rejectForeignHosts } from './reject-foreign-hosts.js';

let server: FastifyInstance | undefined;
afterEach(() => server?.close());

/** Sends a request under this name to a frontend with these settings. */
async function get(host: string, environment: Record<string, string> = {}) {
  const settings = new ConfigService(frontendSettings.parse({ SHOAL_NAME: 'frontend-0', ...environment }));
  const instance = fastify();
  server = instance;
  const app = {
    get: () => settings,
    getHttpAdapter: () => ({ getInstance: () => instance }),
  } as unknown as NestFastifyApplication;
  useSecureHeaders(app);
  rejectForeignHosts(app);
  instance.get('/', () => 'answered');
  return instance.inject({ url: '/', headers: { host } });
}

it.each(['other.example', '192.0.2.7', '127.0.0.1.other.example', ''])(
  'rejects the name "%s" on loopback, with a content policy',
  async (name) => {
    const { statusCode, headers, body } = await get(`${name}:8080`);
    expect(statusCode).toBe(403);
    expect(body).toMatch(/ask 127\.0\.0\.1/);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'/);
  },
);

it.each(['127.0.0.1', 'localhost', '[::1]'])('answers to the name %s on loopback', async (name) => {
  expect((await get(`${name}:8080`)).statusCode).toBe(200);
});

it.each(['SHOAL_EDGE_HOST', 'SHOAL_HTTP_HOST'])(
  'answers to any name when %s is beyond loopback',
  async (setting) => {
    expect((await get('other.example', { [setting]: '0.0.0.0' })).statusCode).toBe(200);
  },
);
