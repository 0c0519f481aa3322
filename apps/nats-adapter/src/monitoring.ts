import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { z } from 'zod';
import { type Answer, ANSWERS, type Answers, type Endpoint } from './answers.js';
import type { NatsAdapterSettings } from './settings.js';

/** Half of what Prometheus grants a scrape by default would be 5 s; a server that takes this long is as good as gone. */
const PATIENCE_MS = 2_000;

const PATHS: Record<Endpoint, string> = {
  varz: 'varz',
  jsz: 'jsz?accounts=true&streams=true&consumers=true&config=true',
  connz: 'connz?auth=true&limit=100000',
  healthz: 'healthz',
};

/** nats-server's monitoring port, as an operator's tool reads it. */
@Injectable()
export class Monitoring {
  private readonly logger = new Logger('monitoring');
  private readonly url: string;
  /** What was wrong with each endpoint when it was asked last, so that it is said once. */
  private readonly wrong = new Map<Endpoint, string>();

  constructor(@Inject(ConfigService) settings: NatsAdapterSettings) {
    this.url = settings.get('SHOAL_NATS_MONITOR_URL', { infer: true });
  }

  /** Never rejects: what cannot be had, or is not as it should be, is undefined and in the log. */
  async readAll(): Promise<Answers> {
    const [varz, jsz, connz, healthz] = await Promise.all([
      this.read('varz'),
      this.read('jsz'),
      this.read('connz'),
      this.read('healthz'),
    ]);
    return { varz, jsz, connz, healthz };
  }

  async read<E extends Endpoint>(endpoint: E): Promise<Answer<E> | undefined> {
    try {
      const url = new URL(PATHS[endpoint], this.url);
      const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
      const answer = parse(endpoint, await response.json());
      if (this.wrong.delete(endpoint)) this.logger.log(`/${endpoint} is to be read again`);
      return answer;
    } catch (error) {
      this.say(endpoint, reasonOf(error));
      return undefined;
    }
  }

  private say(endpoint: Endpoint, reason: string): void {
    if (this.wrong.get(endpoint) !== reason) this.logger.warn(`/${endpoint} of ${this.url}: ${reason}`);
    this.wrong.set(endpoint, reason);
  }
}

function parse<E extends Endpoint>(endpoint: E, json: unknown): Answer<E> {
  const parsed = ANSWERS[endpoint].safeParse(json);
  if (parsed.success) return parsed.data as Answer<E>;
  throw new Error(`not as this adapter knows it: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // What fetch says is only that it failed.
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
