/**
 * Parses what a client sent.
 * @throws Error with what to do when it is not JSON, or has the key `__proto__`: JSON.parse keeps that one, and whatever copies the
 * value later drops it. Better rejected than lost.
 */
export function parseJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(
      `not valid JSON, correct it and send it again: ${error instanceof Error ? error.message : ''}`,
      {
        cause: error,
      },
    );
  }
  if (hasProtoKey(value)) throw new Error('the key "__proto__" cannot be stored: rename it');
  return value;
}

/** Level by level, not by recursion: the value may be deep enough to exhaust the stack. */
function hasProtoKey(value: unknown): boolean {
  for (let level = [value]; level.length > 0;) {
    const objects = level.filter((one): one is object => typeof one === 'object' && one !== null);
    if (objects.some((one) => Object.hasOwn(one, '__proto__'))) return true;
    level = objects.flatMap((one) => Object.values(one) as unknown[]);
  }
  return false;
}
