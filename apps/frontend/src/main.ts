import { FastifyAdapter } from '@nestjs/platform-fastify';
import { run } from '@shoal/runtime';
import { FrontendModule } from './frontend.module.js';
import { prepareHttp, serverOptions } from './pipeline.js';

await run(FrontendModule, {
  service: 'frontend',
  isEdge: true,
  adapter: () => new FastifyAdapter(serverOptions),
  prepare: prepareHttp,
});
