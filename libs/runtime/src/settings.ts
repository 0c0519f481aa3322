import type { ConfigService } from '@nestjs/config';
import { MEMBER_NAME, NATS_ROLES } from '@shoal/contracts';
import { z } from 'zod';
import { ownName } from './identity.js';

/** Environment variables that every Shoal process reads; an app extends them with its own. */
export const settingsSchema = z.object({
  SHOAL_NAME: z
    .string()
    .regex(MEMBER_NAME, 'must be letters, digits, - and _, at most 63')
    .default(ownName)
    .describe(
      "this process's name in the cluster: unique, and the same again after a restart; without it its host's",
    ),
  SHOAL_NATS_URL: z.string().default('127.0.0.1:4222').describe('NATS servers, comma-separated'),
  SHOAL_NATS_USER: z
    .enum(NATS_ROLES)
    .optional()
    .describe('the NATS user of this kind of process; without one it connects as nobody in particular'),
  SHOAL_NATS_PASSWORD: z.string().optional(),
  SHOAL_HTTP_HOST: z.string().default('127.0.0.1'),
  SHOAL_HTTP_PORT: z.coerce.number().int().min(0).max(65535).default(0).describe('0: any free port'),
  SHOAL_STREAM_REPLICAS: z.coerce
    .number()
    .int()
    .min(1)
    .max(5)
    .default(1)
    .describe('copies of each JetStream stream'),
  SHOAL_LIVE_SETTINGS: z
    .string()
    .min(1)
    .optional()
    .describe('a file of settings that may change while the process runs'),
  SHOAL_FAULTS: z
    .enum(['on', 'off'])
    .default('off')
    .describe('whether faults may be switched on; all processes of a cluster alike'),
  SHOAL_RUN: z
    .string()
    .default('')
    .describe('names this run of the cluster: a fault that was switched on in another run is off'),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingsService<T extends Settings = Settings> = ConfigService<T, true>;
