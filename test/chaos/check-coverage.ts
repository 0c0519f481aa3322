import type { Coverage } from '@shoal/contracts';
import type { Violation } from './violation.ts';

/** Whether the counts of an answer's coverage agree with each other. */
export function checkCoverage({ degraded, shards, documents }: Coverage): Violation[] {
  if (shards.answered + shards.timedOut + shards.failed !== shards.total)
    return problem(`the shards do not add up: ${JSON.stringify(shards)}`);
  if (degraded !== shards.answered < shards.total)
    return problem(`degraded is ${degraded} with ${shards.answered} of ${shards.total} shards`);
  if (documents.searched > documents.total || (!degraded && documents.searched < documents.total))
    return problem(`degraded is ${degraded} with ${documents.searched} of ${documents.total} documents`);
  return [];
}

const problem = (detail: string): Violation[] => [{ rule: 'coverage tells the truth', detail, ids: [] }];
