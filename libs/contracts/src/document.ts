import { z } from 'zod';
import { known } from './parameters.js';

/** Largest document, as the JSON that is stored (bytes of UTF-8). */
export const MAX_DOCUMENT_BYTES = 256 * 1024;
/** Longest id or routing key, in bytes of UTF-8: it becomes part of a NATS subject. */
export const MAX_KEY_BYTES = 256;

// Control characters look alike on a screen and in a log, and NUL ends strings in many tools.
const CONTROL = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Cs}/u;

const key = (what: string) =>
  z
    .string({ error: `${what} must be a string` })
    .min(1, `${what} must not be empty`)
    .refine((text) => Buffer.byteLength(text) <= MAX_KEY_BYTES, {
      error: `${what} must be at most ${MAX_KEY_BYTES} bytes of UTF-8; use a shorter one, a hash of it for example`,
    })
    .refine((text) => !CONTROL.test(text) && !LONE_SURROGATE.test(text), {
      error: `${what} must not contain control characters or half a surrogate pair`,
    });

/** Maximum depth of the JSON in `fields`; some JSON libraries cannot write much deeper values. */
const MAX_DEPTH = 100;

/** Level by level, not by recursion: the value may be deep enough to exhaust the stack. */
function isAtMostDeep(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let deep = 0; level.length > 0; deep++) {
    if (deep > depth) return false;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return true;
}

const prose = (what: string) =>
  z
    .string({ error: `${what} must be a string` })
    .refine((text) => text.trim() !== '', { error: `${what} must not be empty` })
    .refine((text) => !text.includes('\0'), {
      error: `${what} must not contain NUL bytes; remove them and send it again`,
    });

/** A document's name: any Unicode text without control characters. Clients would fold "." and ".." into the path. */
export const documentId = key('id').refine((id) => id !== '.' && id !== '..', {
  error: 'id must not be "." or "..", which mean a place in a path; choose another one',
});
/** Documents with the same routing key are stored in the same partition. */
export const routingKey = key('routing');

/** Body that a client sends for one document; the id comes from the path or, in bulk, from the line. */
export const documentBody = z.strictObject(
  {
    title: prose('title'),
    text: prose('text'),
    url: z.url({ protocol: /^https?$/, error: 'url must be an absolute http or https address' }).optional(),
    routing: routingKey.optional(),
    fields: z
      .record(z.string(), z.unknown(), { error: 'fields must be an object; its values may be any JSON' })
      .refine((fields) => isAtMostDeep(fields, MAX_DEPTH), {
        error: `fields must be nested at most ${MAX_DEPTH} deep; flatten them`,
      })
      .optional(),
  },
  { error: unknownKeys('title, text, url, routing and fields') },
);

/** A document as it is stored, searched and returned. */
export const document = z.strictObject(
  { id: documentId, ...documentBody.shape },
  { error: unknownKeys('id, title, text, url, routing and fields') },
);

/** Body of `PUT /api/documents/{id}`: also a document as it was read, which has its id in it. */
export const putBody = z.strictObject(
  { id: documentId.optional(), ...documentBody.shape },
  { error: unknownKeys('title, text, url, routing and fields') },
);
export type PutBody = z.infer<typeof putBody>;

export type DocumentBody = z.infer<typeof documentBody>;
export type Document = z.infer<typeof document>;

/**
 * The stored form: one line of JSON that begins with the id. It goes through intake, log, shard and root to the
 * client unparsed, so there is one place where it is made.
 */
export function serializeDocument({ id, title, text, url, routing, fields }: Document): string {
  return JSON.stringify({ id, title, text, url, routing, fields });
}

function unknownKeys(known: string): z.core.$ZodErrorMap {
  return (issue) =>
    issue.code === 'unrecognized_keys'
      ? `unknown ${issue.keys.map((name) => JSON.stringify(name)).join(', ')}: a document has ${known}; put anything else into fields`
      : issue.code === 'invalid_type'
        ? `a document must be a JSON object with ${known}`
        : undefined;
}

/** Query parameters of `PUT /api/documents/{id}`. */
export const putParameters = z.strictObject(
  {
    wait: z
      .enum(['searchable'], { error: 'wait must be "searchable", or left out' })
      .optional()
      .describe('answer only when no later search can miss the document'),
  },
  { error: known('PUT', 'wait') },
);
export type PutParameters = z.infer<typeof putParameters>;

/** Answer to an accepted write. */
export const stored = z.object({
  id: z.string(),
  sequence: z.int().describe('place in the order of all writes'),
  partition: z.int(),
});
export type Stored = z.infer<typeof stored>;

/** Answer to `POST /api/documents`. */
export const bulkResult = z.object({
  accepted: z.int(),
  rejected: z.int(),
  errors: z.array(z.object({ line: z.int(), detail: z.string() })).describe('the first 1,000'),
});
export type BulkResult = z.infer<typeof bulkResult>;
