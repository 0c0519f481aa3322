import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkMemory, makeCertificate, makeSecrets } from './secrets.js';

const READERS = ['operator', 'nats', 'frontend', 'root', 'shard', 'indexer', 'api-key', 'tls'];
const DAY_MS = 24 * 60 * 60 * 1000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'secrets-'));
  for (const reader of READERS) mkdirSync(path.join(folder, reader));
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = () => makeSecrets(folder, ['nats-0', 'nats-1', 'nats-2'], path.join(folder, 'store'));
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
const contents = () => Object.fromEntries(files().map((file) => [file, readFileSync(file, 'utf8')]));
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');

describe('makeSecrets', () => {
  it('gives each role its own password, readable by its owner only', async () => {
    await make();
    expect(files().map((file) => statSync(file).mode & 0o777)).toEqual(files().map(() => 0o600));
    const passwords = ['frontend', 'root', 'shard', 'indexer'].map((role) => read(`${role}/nats-password`));
    expect(new Set(passwords).size).toBe(4);
    for (const password of passwords) expect(read('nats/nats-1.conf')).toContain(password);
  });

  it('keeps all secrets at the next start', async () => {
    await make();
    const before = contents();
    await make();
    expect(contents()).toEqual(before);
  });

  it('names a server by the first label of its host', async () => {
    await makeSecrets(folder, ['nats-0.nats', 'nats-1.nats'], '/data');
    expect(read('nats/nats-0.conf')).toContain('server_name: "nats-0"');
    expect(read('nats/nats-0.conf')).toContain('@nats-1.nats:6222');
  });

  it('creates a loopback certificate with its key', async () => {
    await make();
    const certificate = new X509Certificate(read('tls/tls.crt'));
    expect(certificate.checkPrivateKey(createPrivateKey(read('tls/tls.key')))).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  });

  it('renews its certificate in the last month', async () => {
    await make();
    const old = await makeCertificate(Date.now() - 350 * DAY_MS);
    writeFileSync(path.join(folder, 'tls/tls.crt'), old.certificate);
    await make();
    const certificate = new X509Certificate(read('tls/tls.crt'));
    expect(certificate.validToDate.getTime()).toBeGreaterThan(Date.now() + 300 * DAY_MS);
    expect(certificate.checkPrivateKey(createPrivateKey(read('tls/tls.key')))).toBe(true);
  });

  it('keeps a certificate of the operator', async () => {
    await make();
    const custom = await generate([{ name: 'commonName', value: 'search.example.com' }], {
      notAfterDate: new Date(Date.now() + DAY_MS),
    });
    writeFileSync(path.join(folder, 'tls/tls.crt'), custom.cert);
    await make();
    expect(read('tls/tls.crt')).toBe(custom.cert);
  });

  it.skipIf(!process.env.NATS_SERVER)(
    'creates a configuration that nats-server accepts (needs NATS_SERVER)',
    async () => {
      await make();
      const file = path.join(folder, 'nats/nats-0.conf');
      const validate = (env: Record<string, string>) => () =>
        execFileSync(process.env.NATS_SERVER!, ['--config', file, '-t'], { stdio: 'pipe', env });
      expect(validate({ MAX_FILE_STORE: '1536MiB' })).not.toThrow();
      expect(validate({})).toThrow(/MAX_FILE_STORE/);
    },
  );
});

describe('checkMemory', () => {
  it('accepts exactly the needed memory', () => {
    expect(() => checkMemory(2500e6, 2500)).not.toThrow();
  });

  it('names both sizes and a remedy in one line', () => {
    expect(() => checkMemory(1999e6, 2500)).toThrow(
      /^Docker has 1999 MB .* needs 2500 MB: .*core\.yaml up\)$/,
    );
  });
});
