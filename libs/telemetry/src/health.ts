import { Controller, Get, Inject, Injectable, Res, type OnModuleDestroy } from '@nestjs/common';

/** Returns why its part is not ready, in words for an operator, or null when it is. Must be cheap: probes call it often. */
export type ReadinessCheck = () => string | null;

/** The named conditions under which this process can do its work. Any provider adds its own. */
@Injectable()
export class Readiness implements OnModuleDestroy {
  private readonly checks = new Map<string, ReadinessCheck>();
  private draining = false;

  /** @throws Error when the name is taken: two parts would hide each other's state */
  add(name: string, check: ReadinessCheck): void {
    if (this.checks.has(name))
      throw new Error(`readiness check "${name}" exists already; choose another name`);
    this.checks.set(name, check);
  }

  /** Begins the graceful shutdown: load balancers send no new requests while those in flight finish. */
  onModuleDestroy(): void {
    this.draining = true;
  }

  /** Returns the reasons why the process is not ready, by name; empty when it is. */
  missing(): Record<string, string> {
    const missing: Record<string, string> = this.draining ? { process: 'it is ending' } : {};
    for (const [name, check] of this.checks) {
      const reason = check();
      if (reason !== null) missing[name] = reason;
    }
    return missing;
  }
}

/** The part of a Fastify reply or Express response that is needed here. */
interface Response {
  status(code: number): unknown;
}

/** The probes of Kubernetes and of load balancers. */
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  /** Responds as long as the event loop turns: a dependency that is down must not restart this process. */
  @Get('healthz')
  healthz() {
    return { status: 'ok' };
  }

  /** Responds with 200, or with 503 and the reasons, by name, why no work should be sent here. */
  @Get('readyz')
  readyz(@Res({ passthrough: true }) response: Response) {
    const missing = this.readiness.missing();
    const ready = Object.keys(missing).length === 0;
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready', missing };
  }
}
