import { channel } from 'node:diagnostics_channel';
import { parsePrivateJson } from './parse-private-json.js';

/** The version that this release writes, in every message. */
export const SCHEMA_VERSION = 1;

/**
 * The versions that this release reads. A form with a new version is read by one release before the next one writes it, so
 * that two releases in a row can serve side by side (docs/versions.md).
 */
export const READABLE_VERSIONS = { oldest: 1, newest: 1 };

/** Header of the messages that are no JSON of ours: writes in INTAKE, documents in DOCS. */
export const VERSION_HEADER = 'Shoal-Version';
/** Version of messages that were stored before the header existed. */
const WITHOUT_HEADER = '1';

/** Emits an {@link UnknownVersionError} for each rejected message; libs/runtime counts and logs them. */
export const UNKNOWN_VERSIONS = channel('shoal:unknown-version');

/** A message that this process does not know how to read. */
export class UnknownVersionError extends Error {
  constructor(
    /** The kind of message. */
    readonly what: string,
    found: unknown,
  ) {
    const { oldest, newest } = READABLE_VERSIONS;
    const read = oldest === newest ? `version ${newest}` : `versions ${oldest} to ${newest}`;
    super(
      `${what} has schema version ${JSON.stringify(found)}; this process reads ${read}: ` +
        `run releases side by side that follow each other (docs/versions.md)`,
    );
    this.name = 'UnknownVersionError';
  }
}

/**
 * Parses one JSON message and checks its version.
 * @param what names the kind of message, in the error and in metrics
 * @throws UnknownVersionError when `v` is missing or not one that this release reads; SyntaxError when it is not JSON
 */
export function readMessage<T extends { v: number }>(what: string, json: string): T {
  const message = parsePrivateJson<Partial<T> | null>(what, json);
  check(what, message?.v);
  return message as T;
}

/** Reads like {@link readMessage}, but returns null when the version is unknown, for callers that can only reject. */
export function readIfKnown<T extends { v: number }>(what: string, json: string): T | null {
  try {
    return readMessage<T>(what, json);
  } catch (error) {
    if (error instanceof UnknownVersionError) return null;
    throw error;
  }
}

/** @throws UnknownVersionError when a message with this {@link VERSION_HEADER} is not one that this release reads */
export function checkVersionHeader(what: string, header: string | undefined): void {
  check(what, Number(header ?? WITHOUT_HEADER));
}

function check(what: string, version: unknown): void {
  const { oldest, newest } = READABLE_VERSIONS;
  if (Number.isInteger(version) && (version as number) >= oldest && (version as number) <= newest) return;
  const error = new UnknownVersionError(what, version);
  UNKNOWN_VERSIONS.publish(error);
  throw error;
}
