/**
 * Parses JSON without quoting it in errors: the error of `JSON.parse` contains the text, and a document must not reach a log.
 * @param what names the kind of text, in the error
 * @throws SyntaxError when it is not JSON
 */
export function parsePrivateJson<T>(what: string, json: string): T {
  try {
    return JSON.parse(json) as T;
  } catch {
    throw new SyntaxError(`${what} is not JSON`);
  }
}
