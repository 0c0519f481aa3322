import { ConfigService } from '@nestjs/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../http/problem.js';
import { isExposed, type FrontendSettings } from '../settings.js';
import { ApiKeys } from './api-keys.js';

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Rejects writes without a valid API key. A run without keys accepts writes from this machine only if no other machine can
 * reach it. This Fastify hook runs before admission, because Nest's guards run only after the body: otherwise unauthenticated
 * clients could exhaust the concurrency limit with bodies that they never send.
 */
export function requireApiKey(app: NestFastifyApplication): void {
  const exposed = isExposed(app.get<FrontendSettings>(ConfigService));
  const keys = app.get(ApiKeys);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (SAFE.includes(request.method)) return done();
    if (keys.configured) return demandKey(keys, request, reply, done);
    if (exposed) return sendProblem(reply, 403, CLOSED, request.url);
    demandOwnOrigin(request, reply, done);
  });
}

const SEND = 'send one of SHOAL_API_KEYS as "Authorization: Bearer KEY" or "X-API-Key: KEY"';
const CLOSED =
  'this run can be reached from other machines and has no keys, so that nobody may change anything: ' +
  'start it with SHOAL_API_KEYS, or on loopback';

function demandKey(keys: ApiKeys, request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const key = keys.keyOf(request);
  if (typeof key === 'number') return done();
  const error = key === 'wrong' ? ', error="invalid_token"' : '';
  void reply.header('www-authenticate', `Bearer realm="shoal"${error}`);
  const detail = key === 'none' ? `this needs a key: ${SEND}` : `the key is wrong: ${SEND}`;
  sendProblem(reply, 401, detail, request.url);
}

/**
 * A page of another site may send requests to this machine from its visitor's browser, which names the site in `Origin`. Where keys are
 * needed this is no concern, since the page does not have one.
 */
function demandOwnOrigin(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  const { origin, host } = request.headers;
  if (origin === undefined || origin === `http://${host}`) return done();
  const detail = `a page of ${origin} may not change anything here: use the page at http://${host}, or no browser`;
  sendProblem(reply, 403, detail, request.url);
}
