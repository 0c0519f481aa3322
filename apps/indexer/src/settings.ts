import { placementKind } from '@shoal/contracts';
import { settingsSchema, type SettingsService } from '@shoal/runtime';
import { z } from 'zod';

/** Targets of the leader; all indexers have the same. */
export const indexerSettings = settingsSchema.extend({
  SHOAL_SHARDS: z.coerce.number().int().min(1).max(256).default(4),
  SHOAL_REPLICAS: z.coerce.number().int().min(1).max(16).default(2),
  SHOAL_PARTITIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(64)
    .describe('fixed for the life of a cluster'),
  SHOAL_INTAKE_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1024 ** 2)
    .default(1024 ** 3)
    .describe('what INTAKE may hold before it rejects writes: without a leader it would fill the disk'),
  SHOAL_PLACEMENT: placementKind.default('hash'),
});

export type IndexerSettings = SettingsService<z.infer<typeof indexerSettings>>;
