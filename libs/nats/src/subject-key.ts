const PLAIN = /^[A-Za-z0-9_-]+$/;
const ESCAPED = /^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})*$/;
const SPECIAL = /[^A-Za-z0-9_-]/gu;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Encodes any text as one token of a NATS subject, like quoted-printable (RFC 2045 §6.7): `A-Za-z0-9_-` stay, every other
 * byte of the UTF-8 form becomes `=XX`. Different ids have different keys.
 * @throws Error when the id is empty or holds half a surrogate pair, which UTF-8 cannot express
 */
export function encodeKey(id: string): string {
  if (PLAIN.test(id)) return id;
  if (id === '' || !id.isWellFormed()) {
    throw new Error('an id must not be empty nor hold half a surrogate pair: NATS has no subject for it');
  }
  return id.replace(SPECIAL, (character) => {
    let escaped = '';
    for (const byte of Buffer.from(character))
      escaped += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    return escaped;
  });
}

/**
 * Returns the id that {@link encodeKey} encoded.
 * @throws Error when the key was not made by it
 */
export function decodeKey(key: string): string {
  if (PLAIN.test(key)) return key;
  if (key === '' || !ESCAPED.test(key))
    throw new Error(`not a key that encodeKey made: ${JSON.stringify(key)}`);
  const bytes = Buffer.from(
    key.replaceAll(/=(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
  return decoder.decode(bytes);
}
