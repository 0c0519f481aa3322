import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ATTRIBUTE } from '@shoal/contracts';
import { activeSpan } from '@shoal/telemetry';
import type { FastifyRequest } from 'fastify';
import { sendProblem } from '../http/problem.js';
import { AdmissionService, type Traffic } from './admission.service.js';

const DETAIL: Record<Traffic, string> = {
  search: 'more searches than the cluster can answer in time: come back after Retry-After seconds',
  read: 'too many reads are under way: come back after Retry-After seconds',
  write:
    'too many writes are under way, nothing of this one was stored: send it again after Retry-After seconds',
  bulk: 'too many uploads are under way, nothing of this one was stored: send it again after Retry-After seconds',
};

/** Names the limit that counts a route's requests. A route without it is never rejected. */
export const Admission = (traffic: Traffic): MethodDecorator => RouteConfig({ traffic });

/**
 * Sheds excess requests before any work is done for them. It is a Fastify hook, because Nest's guards run only after the body
 * has been read and a request context made. An admitted request counts until its response is sent, even if the client has
 * disconnected, because the work is done anyway.
 */
export function admit(app: NestFastifyApplication): void {
  const admission = app.get(AdmissionService);
  const admitted = new WeakMap<FastifyRequest, Traffic>();
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const { traffic } = request.routeOptions.config as { traffic?: Traffic };
    if (traffic === undefined) return done();
    if (admission.enter(traffic)) {
      admitted.set(request, traffic);
      return done();
    }
    activeSpan().setAttribute(ATTRIBUTE.shed, 'admission');
    void reply.header('retry-after', retryAfter());
    sendProblem(reply, 503, DETAIL[traffic], request.url);
  });
  fastify.addHook('onSend', (request, _reply, _payload, done) => {
    const traffic = admitted.get(request);
    if (traffic !== undefined && admitted.delete(request)) admission.leave(traffic);
    done();
  });
}

/** One or two seconds, by chance: those who are rejected together should not come back together. */
function retryAfter(): number {
  return 1 + Math.round(Math.random());
}
