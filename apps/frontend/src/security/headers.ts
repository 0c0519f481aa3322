import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import helmet from 'helmet';

/**
 * Headers that forbid browsers to sniff content types, to run scripts of a response and to show it in a frame. A page with
 * more content sets its own policy. Strict transport security is left to the proxy that terminates TLS. The headers are
 * built once; @fastify/helmet would build them for each request.
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
