import { isDeepStrictEqual } from 'node:util';
import type { DocumentBody } from '@shoal/contracts';
import type { DocumentHistory } from './history.ts';
import { readable, type Span } from './truth.ts';
import type { Violation } from './violation.ts';

/** Whether a document as it was given out is this version of it. */
export function sameDocument(
  given: Partial<DocumentBody>,
  { title, text, routing, fields }: DocumentBody,
): boolean {
  return (
    given.title === title &&
    given.text === text &&
    given.routing === routing &&
    isDeepStrictEqual(given.fields, fields)
  );
}

/**
 * Compares a read by id with the truth of its moment.
 * @param found null when it was said not to exist
 */
export function checkRead(
  { id, writes }: DocumentHistory,
  found: Partial<DocumentBody> | null,
  span: Span,
): Violation[] {
  const allowed = readable(writes, span);
  const right = allowed.some(({ body }) => (found && body ? sameDocument(found, body) : !found && !body));
  if (right) return [];
  const seen = found ? `version ${Number(found.fields?.version)}` : 'nothing';
  const versions = allowed.map(({ version, body }) => (body ? version : `${version} (deleted)`)).join(' or ');
  return [
    {
      rule: 'a read sees what was acknowledged',
      detail: `${id}: read ${seen}, allowed was ${versions}`,
      ids: [id],
    },
  ];
}
