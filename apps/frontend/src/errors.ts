/** Temporary failure: becomes a 503 that advises the client to retry. */
export class UnavailableError extends Error {}

/** More than one answer or one document may be. Becomes a 413. */
export class TooLargeError extends Error {}
