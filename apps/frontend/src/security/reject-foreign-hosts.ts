import { ConfigService } from '@nestjs/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isLoopback } from '@shoal/contracts';
import { sendProblem } from '../http/problem.js';
import { isExposed, type FrontendSettings } from '../settings.js';

/**
 * Rejects requests on loopback whose host is not a loopback name. By DNS rebinding, a page could point its own name to this
 * machine after it was loaded, and the visitor's browser would let it read and change everything here as the same origin.
 * A run beyond loopback has unknown names, but API keys keep such a page out there.
 */
export function rejectForeignHosts(app: NestFastifyApplication): void {
  if (isExposed(app.get<FrontendSettings>(ConfigService))) return;
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const name = request.headers.host?.replace(/:\d*$/, '');
    if (name === undefined || isLoopback(name)) return done();
    const detail =
      `this run is for this machine alone, which is not called ${JSON.stringify(name)}: ask 127.0.0.1; ` +
      'a run behind a proxy is told so with SHOAL_TRUST_PROXY';
    sendProblem(reply, 403, detail, request.url);
  });
}
