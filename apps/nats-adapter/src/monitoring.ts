import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { settingsSchema, type SettingsService } from '@shoal/runtime';
import { z } from 'zod';

export const natsAdapterSettings = settingsSchema.extend({
  SHOAL_NATS_MONITOR_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:8222')
    .describe("the monitoring address of this adapter's nats-server: `http` in its configuration"),
});

type NatsAdapterSettings = SettingsService<z.infer<typeof natsAdapterSettings>>;

/** Well below Prometheus' scrape timeout, in ms. */
const TIMEOUT_MS = 2_000;

const count = z.number().min(0);
/** A list that may be missing or null: nats-server writes empty lists so. */
const list = <T extends z.ZodType>(of: T) =>
  z
    .array(of)
    .nullish()
    .transform((items) => items ?? []);

const raftGroup = z.object({
  leader: z.string().optional(),
  replicas: list(z.object({ current: z.boolean(), offline: z.boolean().default(false) })),
});

const consumer = z.object({
  config: z.object({ durable_name: z.string().optional() }),
  num_pending: count,
  num_ack_pending: count,
  num_redelivered: count,
  cluster: raftGroup.optional(),
});

const stream = z.object({
  name: z.string(),
  state: z.object({ bytes: count }),
  cluster: raftGroup.optional(),
  consumer_detail: list(consumer),
});

/** The fields that the metrics need of each monitoring endpoint. */
const ENDPOINTS = {
  varz: {
    path: 'varz',
    schema: z.object({
      server_name: z.string(),
      mem: count,
      cpu: count,
      total_connections: count,
      slow_consumers: count,
      in_msgs: count,
      out_msgs: count,
    }),
  },
  jsz: {
    path: 'jsz?accounts=true&streams=true&consumers=true&config=true',
    schema: z.object({
      storage: count,
      config: z.object({ max_storage: z.number() }),
      account_details: list(z.object({ stream_detail: list(stream) })),
    }),
  },
  connz: {
    path: 'connz?auth=true&limit=100000',
    schema: z.object({
      connections: list(z.object({ authorized_user: z.string().optional(), pending_bytes: count })),
    }),
  },
  healthz: { path: 'healthz', schema: z.object({ status: z.string(), error: z.string().optional() }) },
};

type Endpoint = keyof typeof ENDPOINTS;
type Response<E extends Endpoint> = z.infer<(typeof ENDPOINTS)[E]['schema']>;

/** One response of each endpoint. A missing or invalid response is undefined. */
export type Responses = { [E in Endpoint]: Response<E> | undefined };
export type Stream = z.infer<typeof stream>;
export type Consumer = z.infer<typeof consumer>;
export type Connection = Response<'connz'>['connections'][number];

/** Client of nats-server's monitoring port. */
@Injectable()
export class Monitoring {
  private readonly logger = new Logger('monitoring');
  private readonly url: string;
  /** The last failure of each endpoint, so that a repeated failure is logged once. */
  private readonly failures = new Map<Endpoint, string>();

  constructor(@Inject(ConfigService) settings: NatsAdapterSettings) {
    this.url = settings.get('SHOAL_NATS_MONITOR_URL', { infer: true });
  }

  /** Reads all endpoints. Never rejects: failures are logged. */
  async readAll(): Promise<Responses> {
    const [varz, jsz, connz, healthz] = await Promise.all([
      this.read('varz'),
      this.read('jsz'),
      this.read('connz'),
      this.read('healthz'),
    ]);
    return { varz, jsz, connz, healthz };
  }

  /** Reads one endpoint. Never rejects: a failure is logged. */
  async read<E extends Endpoint>(endpoint: E): Promise<Response<E> | undefined> {
    try {
      const url = new URL(ENDPOINTS[endpoint].path, this.url);
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const parsed = parse(endpoint, await response.json());
      if (this.failures.delete(endpoint)) this.logger.log(`/${endpoint} responds again`);
      return parsed;
    } catch (error) {
      this.logFailure(endpoint, reasonOf(error));
      return undefined;
    }
  }

  private logFailure(endpoint: Endpoint, reason: string): void {
    if (this.failures.get(endpoint) !== reason) this.logger.warn(`/${endpoint} of ${this.url}: ${reason}`);
    this.failures.set(endpoint, reason);
  }
}

function parse<E extends Endpoint>(endpoint: E, json: unknown): Response<E> {
  const parsed = ENDPOINTS[endpoint].schema.safeParse(json);
  if (parsed.success) return parsed.data as Response<E>;
  throw new Error(`unexpected response: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`);
}

/** Includes the cause, because the message of a failed fetch does not name it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
