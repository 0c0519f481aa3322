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
 * Reads a file of such settings, an object in JSON. One wrong value makes all of it wrong.
 * @throws Error that says in one line what is wrong
 */
export function parseLiveValues(text: string): LiveValues {
  const parsed = schema.safeParse(parsePrivateJson('the file', text));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new Error(wrong.join('; '));
}
