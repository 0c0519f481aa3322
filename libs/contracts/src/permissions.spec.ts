import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NATS_ROLES, PERMISSIONS } from './permissions.js';
import { INVALIDATION_SUBJECT, docsSubject, intakeSubject, rootSubject, shardSubject } from './subjects.js';

/** Whether a subject falls under a pattern, by NATS' rules. */
function covers(pattern: string, subject: string): boolean {
  const [wanted, given] = [pattern.split('.'), subject.split('.')];
  const rest = wanted.indexOf('>');
  if (rest < 0 && wanted.length !== given.length) return false;
  return wanted.every((token, at) =>
    token === '>' ? given.length > at : token === '*' || token === given[at],
  );
}
const may = (patterns: readonly string[], subject: string) =>
  patterns.some((pattern) => covers(pattern, subject));

describe('permissions', () => {
  it('let only the indexer write the log, whatever the document', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9_=-]{1,20}$/);
    fc.assert(
      fc.property(fc.nat(1000), token, (partition, key) => {
        const subject = docsSubject.document(partition, key);
        expect(NATS_ROLES.filter((role) => may(PERMISSIONS[role].publish, subject))).toEqual(['indexer']);
      }),
    );
  });

  it('let nobody delete or purge a stream, or touch all of JetStream', () => {
    const patterns = NATS_ROLES.flatMap((role) => PERMISSIONS[role].publish);
    expect(patterns.filter((pattern) => /STREAM\.(DELETE|PURGE|MSG\.DELETE)/.test(pattern))).toEqual([]);
    expect(patterns.filter((pattern) => /^(>|\$JS\.(>|API\.>)|\$KV\.>)$/.test(pattern))).toEqual([]);
  });

  it('let a question be heard where it is asked, and answered', () => {
    const asked = [
      ['frontend', rootSubject.query('root-0'), 'root'],
      ['root', shardSubject.query('shard-0'), 'shard'],
      ['frontend', shardSubject.applied('shard-0'), 'shard'],
      ['indexer', shardSubject.statistics('shard-0'), 'shard'],
    ] as const;
    for (const [asker, subject, answerer] of asked) {
      expect(may(PERMISSIONS[asker].publish, subject)).toBe(true);
      expect(may(PERMISSIONS[answerer].subscribe, subject)).toBe(true);
      expect(may(PERMISSIONS[answerer].publish, `_INBOX_${asker}.x.y`)).toBe(true);
      expect(may(PERMISSIONS[asker].subscribe, `_INBOX_${asker}.x.y`)).toBe(true);
    }
    expect(may(PERMISSIONS.frontend.publish, intakeSubject.one('x'))).toBe(true);
    for (const role of ['frontend', 'indexer'] as const)
      expect(may(PERMISSIONS[role].publish, INVALIDATION_SUBJECT)).toBe(true);
  });
});
