import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { FrontendSettings } from '../settings.js';

const SWEEP_MS = 50;

/**
 * The port that all frontends of a machine share: each listens on it with SO_REUSEPORT, and the kernel spreads new
 * connections over them. Behind it are the same routes as on the process's own port.
 */
@Injectable()
export class EdgeServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('edge');
  private server?: Server;
  private closing = false;

  constructor(
    @Inject(ConfigService) private readonly settings: FrontendSettings,
    private readonly host: HttpAdapterHost,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const port = this.settings.get('SHOAL_EDGE_PORT', { infer: true });
    if (port === undefined) return;
    const host = this.settings.get('SHOAL_EDGE_HOST', { infer: true });
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    await fastify.ready();
    // Without a time limit for a request: an upload may have any length, and its backpressure any duration.
    this.server = createServer({ requestTimeout: 0 }, (request, response) => {
      if (this.closing) response.setHeader('connection', 'close');
      fastify.routing(request, response);
    });
    this.server.listen({ port, host, reusePort: true });
    await once(this.server, 'listening');
    this.logger.log(`sharing http://${host}:${port}`);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.server) return;
    const closed = once(this.server, 'close');
    this.closing = true;
    this.server.close();
    // Again and again: a connection that is busy now may be idle in a moment, and would be kept alive.
    const sweep = setInterval(() => this.server?.closeIdleConnections(), SWEEP_MS);
    await closed;
    clearInterval(sweep);
  }
}
