import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { Registry } from 'prom-client';
import { expose } from './exposition.js';

/** The part of a Fastify reply or Express response that is needed here. */
interface Response {
  header(name: string, value: string): unknown;
}

/** The Prometheus scrape. */
@Controller('metrics')
export class MetricsController {
  constructor(@Inject(Registry) private readonly registry: Registry) {}

  @Get()
  async metrics(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<string> {
    const { contentType, text } = await expose(this.registry, accept);
    response.header('content-type', contentType);
    return text;
  }
}
