/**
 * The version of every message below. A process that meets another one says so and refuses the message: it neither
 * crashes nor guesses what the fields may mean.
 */
export const SCHEMA_VERSION = 1;

/** A message that this process does not know how to read. */
export class UnknownVersionError extends Error {
  constructor(what: string, found: unknown) {
    super(
      `${what} has schema version ${JSON.stringify(found)}; this process reads version ${SCHEMA_VERSION}. ` +
        `Run the same release on both sides.`,
    );
    this.name = 'UnknownVersionError';
  }
}

/**
 * Parses one JSON message and checks its version.
 * @param what names the message in the error
 * @throws UnknownVersionError when `v` is missing or of another release; SyntaxError when it is not JSON
 */
export function readMessage<T extends { v: number }>(what: string, json: string): T {
  const message = JSON.parse(json) as Partial<T> | null;
  if (message?.v !== SCHEMA_VERSION) throw new UnknownVersionError(what, message?.v);
  return message as T;
}
