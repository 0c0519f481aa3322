import { z } from 'zod';

/** Lists the parameters of a call in the error for an unknown parameter. */
export const known =
  (call: string, parameters: string): z.core.$ZodErrorMap =>
  (issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown parameter ${issue.keys.map((name) => JSON.stringify(name)).join(', ')}: ${call} takes ${parameters}`
      : undefined;

/** Query parameters of a call that takes none. A parameter that is overlooked would look as if it had been heeded. */
export const noParameters = z.strictObject({}, { error: known('this call', 'no parameters') });
