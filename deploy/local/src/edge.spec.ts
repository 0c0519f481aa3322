import { afterEach, describe, expect, it, vi } from 'vitest';
import { checkMayLoad, edgeUrl, isReadOnly, keyHeader, takeApiKeys } from './edge.js';

afterEach(() => vi.unstubAllEnvs());

describe('the edge', () => {
  it.each([
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['0.0.0.0', 'http://127.0.0.1:80'],
    ['::', 'http://[::1]:80'],
    ['192.0.2.7', 'http://192.0.2.7:80'],
    ['fe80::1', 'http://[fe80::1]:80'],
    ['ada.example', 'http://ada.example:80'],
  ])('on %s is found at %s', (host, url) => {
    expect(edgeUrl({ host, port: 80 })).toBe(url);
    expect(new URL(url).protocol).toBe('http:');
  });

  it.each(['0.0.0.0', '::', '192.0.2.7', 'ada.example', '1127.0.0.1', '127.0.0.1.example'])(
    'is only read on %s without keys',
    (host) => {
      expect(isReadOnly({ host }, '')).toBe(true);
      expect(isReadOnly({ host }, 'a-key-of-this-run')).toBe(false);
      expect(() => checkMayLoad('wordnet', { host }, ' ')).toThrow(/wordnet.*Set it/s);
    },
  );

  it('is only read behind a proxy without keys', () => {
    vi.stubEnv('SHOAL_TRUST_PROXY', 'loopback');
    expect(isReadOnly({ host: '127.0.0.1' }, '')).toBe(true);
  });

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LocalHost'])('is written to on %s', (host) => {
    expect(isReadOnly({ host }, '')).toBe(false);
    expect(() => checkMayLoad('wordnet', { host }, '')).not.toThrow();
  });
});

describe('the keys', () => {
  it('are in nobody’s environment but that of the frontends', () => {
    vi.stubEnv('SHOAL_API_KEYS', 'one, two');
    expect(takeApiKeys()).toBe('one, two');
    expect(process.env.SHOAL_API_KEYS).toBeUndefined();
    expect(takeApiKeys()).toBe('');
  });

  it('are brought, the first of them, by whoever loads', () => {
    expect(keyHeader(' one, two')).toEqual({ 'x-api-key': 'one' });
    expect(keyHeader('')).toEqual({});
  });
});
