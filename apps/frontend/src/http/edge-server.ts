import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
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
import { Connections } from './connections.js';

/**
 * The port that all frontends of a machine share: under node's cluster, as in the local run, one socket from which each takes
 * connections. Behind it are the same routes as on the process's own port.
 */
@Injectable()
export class EdgeServer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('edge');
  private connections?: Connections;

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
    const server = createServer({ requestTimeout: 0 }, (request, response) =>
      fastify.routing(request, response),
    );
    this.connections = new Connections(server);
    server.listen(port, host);
    await once(server, 'listening');
    this.logger.log(`sharing http://${host}:${port}`);
  }

  /** While all that a request needs is still there. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.connections) return;
    await delay(this.settings.get('SHOAL_CLOSE_DELAY_MS', { infer: true }));
    await this.connections.drain();
  }
}
