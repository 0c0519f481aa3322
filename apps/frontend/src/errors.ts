/** Not now: the client is told to come back in a moment. Becomes a 503. */
export class UnavailableError extends Error {}

/** More than one answer or one document may be. Becomes a 413. */
export class TooLargeError extends Error {}
