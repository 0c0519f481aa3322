import { parsePrivateJson } from '@shoal/contracts';
import { LOG_LEVELS } from '@shoal/telemetry';
import { z } from 'zod';

/** The settings that may change while a process runs, by the names that they have in its environment. Without one the environment holds. */
const schema = z.strictObject({
  LOG_LEVEL: z.enum(LOG_LEVELS).optional(),
  SHOAL_RATE_LIMIT: z.int().min(1).optional(),
});

export type LiveValues = Readonly<z.infer<typeof schema>>;

/**
 * Parses a file of live settings, a JSON object. One invalid value makes the whole file invalid.
 * @throws Error that names the fault in one line
 */
export function parseLiveValues(text: string): LiveValues {
  const parsed = schema.safeParse(parsePrivateJson('the file', text));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new Error(wrong.join('; '));
}
