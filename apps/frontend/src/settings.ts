import { isLoopback } from '@shoal/contracts';
import { settingsSchema, type SettingsService } from '@shoal/runtime';
import { z } from 'zod';

/** Guessing one must be hopeless, and a header must be able to carry it. */
const apiKey = z.string().regex(/^[!-~]{16,}$/, 'each key must be 16 or more letters, digits and signs');

const proxy = z.union(
  [
    z.ipv4(),
    z.ipv6(),
    z.cidrv4(),
    z.cidrv6(),
    z.literal('loopback'),
    z.literal('linklocal'),
    z.literal('uniquelocal'),
  ],
  'each must be an address, a range as 10.0.0.0/8, loopback, linklocal or uniquelocal',
);

/** Comma-separated; none when the text is empty. */
const listOf = <T extends z.ZodType<string, string>>(item: T) =>
  z
    .string()
    .default('')
    .transform((text) => (text.trim() === '' ? [] : text.split(',').map((part) => part.trim())))
    .pipe(z.array(item));

export const frontendSettings = settingsSchema.extend({
  SHOAL_EDGE_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('a port that all frontends of this machine share; without it only the own port is served'),
  SHOAL_EDGE_HOST: z.string().default('127.0.0.1').describe('where the shared port listens'),
  SHOAL_CLOSE_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe(
      'how long the shared port goes on accepting after /readyz says 503: what a load balancer takes to notice',
    ),
  SHOAL_API_KEYS: listOf(apiKey).describe('who has one of these may write and change the cluster'),
  SHOAL_RATE_LIMIT: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('requests per second that each frontend takes from one client'),
  SHOAL_JAEGER_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('where a browser finds Jaeger, so that the page can show the trace of an answer there'),
  SHOAL_TRUST_PROXY: listOf(proxy).describe('proxies before the edge whose X-Forwarded-For is believed'),
});

export type FrontendSettings = SettingsService<z.infer<typeof frontendSettings>>;

/** Whether others than processes of this machine may reach this frontend, directly or through a proxy. */
export function isExposed(settings: FrontendSettings): boolean {
  const hosts = (['SHOAL_EDGE_HOST', 'SHOAL_HTTP_HOST'] as const).map((name) =>
    settings.get(name, { infer: true }),
  );
  return !hosts.every(isLoopback) || settings.get('SHOAL_TRUST_PROXY', { infer: true }).length > 0;
}
