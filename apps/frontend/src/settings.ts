import { settingsSchema, type SettingsService } from '@shoal/service';
import { z } from 'zod';

export const frontendSettings = settingsSchema.extend({
  SHOAL_EDGE_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('a port that all frontends of this machine share; without it only the own port is served'),
  SHOAL_EDGE_HOST: z.string().default('127.0.0.1'),
});

export type FrontendSettings = SettingsService<z.infer<typeof frontendSettings>>;
