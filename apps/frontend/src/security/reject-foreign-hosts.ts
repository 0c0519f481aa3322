import { ConfigService } from '@nestjs/config';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isLoopback } from '@shoal/contracts';
import { sendProblem } from '../http/problem.js';
import { isExposed, type FrontendSettings } from '../settings.js';

/**
 * On loopback, answers only to a name of loopback. A page's own name may be made to lead to this machine after the page has
 * been loaded ("DNS rebinding"); its visitor's browser would then let it read and change everything here, as of the same
 * origin. What others can reach has names that we do not know, but there keys keep such a page out.
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
