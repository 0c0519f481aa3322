import { settingsSchema, type SettingsService } from '@shoal/runtime';
import { z } from 'zod';

export const natsAdapterSettings = settingsSchema.extend({
  SHOAL_NATS_MONITOR_URL: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:8222')
    .describe(
      "the monitoring address of the one nats-server that this adapter speaks for: its configuration's `http`",
    ),
});

export type NatsAdapterSettings = SettingsService<z.infer<typeof natsAdapterSettings>>;
