import { z } from 'zod';

/** Body of an error, RFC 9457. `detail` advises the client. */
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
