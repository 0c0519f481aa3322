import { z } from 'zod';

/** An error's body, RFC 9457. `detail` says what to do. */
export const problem = z.object({
  type: z.string().default('about:blank'),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string().optional(),
  /** Whereby its trace is found, of requests that have one. */
  traceId: z.string().optional(),
});
export type Problem = z.infer<typeof problem>;
