import type { Reply } from './client.ts';
import type { Violation } from './violation.ts';

/** Answers that a client must expect while parts are down; 0 is none at all. */
const NOT_NOW = [0, 429, 503, 504];

/**
 * Whether this is a reply that a client must be ready for.
 * @param expected the statuses of what was asked for; that it cannot be had now is always expected
 */
export function checkReply(
  what: string,
  { status, malformed }: Reply,
  expected: readonly number[],
): Violation[] {
  if (malformed) return problem('answers can be read', `${what} was answered with ${status} and no JSON`);
  if (expected.includes(status) || NOT_NOW.includes(status)) return [];
  return problem('no wrong status', `${what} was answered with ${status}`);
}

const problem = (rule: string, detail: string): Violation[] => [{ rule, detail, ids: [] }];
