import proxyAddr from '@fastify/proxy-addr';
import rateLimit from '@fastify/rate-limit';
import { ConfigService } from '@nestjs/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ATTRIBUTE } from '@shoal/contracts';
import { LiveSettings } from '@shoal/runtime';
import { activeSpan } from '@shoal/telemetry';
import type { FastifyRequest } from 'fastify';
import { Counter, Registry } from 'prom-client';
import { sendProblem } from '../http/problem.js';
import { isExposed, type FrontendSettings } from '../settings.js';
import { ApiKeys } from './api-keys.js';

/** Requests per second of one remote client. */
const DEFAULT_LIMIT = 200;
const WINDOW_MS = 1_000;
/** Maximum number of clients remembered; the least recent ones are evicted, so that memory stays bounded. */
const MAX_CLIENTS = 10_000;

/**
 * Rejects with 429 what a client sends beyond SHOAL_RATE_LIMIT requests in a second, a limit that may change while we run. A client is
 * who brings the same right key, otherwise who comes from the same address (of IPv6 the same /64, as one machine has so many). Each
 * frontend counts for itself. On loopback there is no limit unless one is set.
 */
export async function limitRates(app: NestFastifyApplication): Promise<void> {
  const settings = app.get<FrontendSettings>(ConfigService);
  const live = app.get(LiveSettings);
  const standing =
    settings.get('SHOAL_RATE_LIMIT', { infer: true }) ?? (isExposed(settings) ? DEFAULT_LIMIT : Infinity);
  const limit = (): number => live.values.SHOAL_RATE_LIMIT ?? standing;
  const rejected = new Counter({
    name: 'shoal_rate_limit_rejected_total',
    help: 'Requests rejected because their client sent too many in a second',
    registers: [app.get(Registry)],
  });
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(rateLimit, { global: false, max: limit, timeWindow: WINDOW_MS, cache: MAX_CLIENTS });
  const count = fastify.createRateLimit({ keyGenerator: clientOf(settings, app.get(ApiKeys)) });
  fastify.addHook('onRequest', async (request, reply) => {
    if (limit() === Infinity) return;
    const client = await count(request);
    if (client.isAllowed || !client.isExceeded) return;
    rejected.inc();
    activeSpan().setAttribute(ATTRIBUTE.shed, 'rate-limit');
    const detail = `more than ${client.max} requests came from you within a second: come back after Retry-After seconds`;
    void reply.header('retry-after', client.ttlInSeconds);
    sendProblem(reply, 429, detail, request.url);
    return reply;
  });
}

/** Names the client of a request; an address in X-Forwarded-For only counts when a trusted proxy sends it. */
function clientOf(settings: FrontendSettings, keys: ApiKeys): (request: FastifyRequest) => string {
  const trusted = proxyAddr.compile(settings.get('SHOAL_TRUST_PROXY', { infer: true }));
  return (request) => {
    const key = keys.configured ? keys.keyOf(request) : 'none';
    return typeof key === 'number' ? `key ${key}` : rateLimit.normalizeIP(proxyAddr(request.raw, trusted));
  };
}
