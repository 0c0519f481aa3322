/**
 * `JSON.parse` for what is not to be repeated: its own error quotes the text, which may be somebody's document and would end in a log.
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
