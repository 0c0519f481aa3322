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

/**
 * The port that all frontends of a machine share: each listens on it with SO_REUSEPORT, and the kernel spreads new
 * connections over them. Behind it are the same routes as on the process's own port.
 */
@Injectable()
export class EdgeServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('edge');
  private server?: Server;

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
    this.server = createServer((request, response) => fastify.routing(request, response));
    this.server.listen({ port, host, reusePort: true });
    await once(this.server, 'listening');
    this.logger.log(`sharing http://${host}:${port}`);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.server) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeIdleConnections();
    await closed;
  }
}
