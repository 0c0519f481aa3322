import { Controller, Get, Inject, Res } from '@nestjs/common';
import { Readiness } from './readiness.js';

/** The part of a Fastify reply or Express response that is needed here. */
interface Response {
  status(code: number): unknown;
}

/** The probes of Kubernetes and of load balancers. */
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  /** Answers as long as the event loop turns. A dependency that is down must not get this process restarted. */
  @Get('healthz')
  healthz() {
    return { status: 'ok' };
  }

  /** 200, or 503 with the reasons, by name, why no work should be sent here. */
  @Get('readyz')
  readyz(@Res({ passthrough: true }) response: Response) {
    const missing = this.readiness.missing();
    const ready = Object.keys(missing).length === 0;
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready', missing };
  }
}
