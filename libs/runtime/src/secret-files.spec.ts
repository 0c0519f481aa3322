import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withSecretFiles } from './secret-files.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'secret-files-'))));
afterEach(() => rmSync(folder, { recursive: true }));

describe('a secret in a file', () => {
  it('is read, without the line feed that editors add, and beside the other settings', () => {
    const file = path.join(folder, 'password');
    writeFileSync(file, 'hush\n');
    expect(withSecretFiles({ SHOAL_NAME: 'root-0', SHOAL_NATS_PASSWORD_FILE: file })).toMatchObject({
      SHOAL_NAME: 'root-0',
      SHOAL_NATS_PASSWORD: 'hush',
    });
  });

  it('need not be: what the environment has is left alone', () => {
    const environment = { SHOAL_NATS_PASSWORD: 'hush', SHOAL_API_KEYS_FILE: '' };
    expect(withSecretFiles(environment)).toEqual(environment);
  });

  it('that is missing ends the start, with the name of the setting', () => {
    const file = path.join(folder, 'missing');
    expect(() => withSecretFiles({ SHOAL_API_KEYS_FILE: file })).toThrow(/SHOAL_API_KEYS_FILE.*missing/);
  });
});
