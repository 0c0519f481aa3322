import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import helmet from 'helmet';

/**
 * Tells browsers to take an answer for what it says it is, to run nothing that is in it, and to show it in no frame. A page
 * that has more to show sets a content policy of its own. Whether HTTPS is to be insisted on is for the proxy to say that
 * speaks it. Made once: @fastify/helmet would make it again for each request.
 */
export const secureHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  strictTransportSecurity: false,
  xFrameOptions: { action: 'deny' },
});

/** Sets them on every answer that Fastify gives. */
export function useSecureHeaders(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', ({ raw: request }, { raw: reply }, done) =>
    secureHeaders(request, reply, () => done()),
  );
}
