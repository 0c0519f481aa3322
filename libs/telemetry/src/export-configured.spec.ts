import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exportConfigured } from './export-configured.js';

const ALL = 'OTEL_EXPORTER_OTLP_ENDPOINT';
const TRACES = 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
const LOGS = 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT';

describe('where a signal is sent', () => {
  beforeEach(() => {
    for (const name of [ALL, TRACES, LOGS, 'OTEL_SDK_DISABLED']) vi.stubEnv(name, undefined);
  });
  afterEach(() => vi.unstubAllEnvs());

  it('is nowhere without a variable, with an empty one, and when the SDK is disabled', () => {
    expect(exportConfigured('LOGS')).toBe(false);
    vi.stubEnv(ALL, '');
    expect(exportConfigured('LOGS')).toBe(false);
    vi.stubEnv(ALL, 'http://127.0.0.1:4318');
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    expect(exportConfigured('LOGS')).toBe(false);
  });

  it.each(['http://127.0.0.1:4318', 'https://collector/base/', 'http://[::1]:4318'])('can be %s', (url) => {
    vi.stubEnv(ALL, url);
    expect(exportConfigured('LOGS')).toBe(true);
  });

  it.each([
    'nonsense',
    'http://[bad',
    '127.0.0.1:9999',
    'localhost:4318',
    'http://',
    'http://collector ',
    'ftp://collector',
  ])('cannot be "%s"', (url) => {
    vi.stubEnv(ALL, url);
    expect(() => exportConfigured('TRACES')).toThrow(`${ALL} must be a URL`);
  });

  it('is said by its own variable rather than by the common one', () => {
    vi.stubEnv(ALL, 'nonsense');
    vi.stubEnv(TRACES, 'http://127.0.0.1:4318/v1/traces');
    expect(exportConfigured('TRACES')).toBe(true);
    vi.stubEnv(ALL, 'http://127.0.0.1:4318');
    vi.stubEnv(LOGS, 'nonsense');
    expect(() => exportConfigured('LOGS')).toThrow(`${LOGS} must be a URL`);
  });

  it('is not repeated when it is wrong, as there may be a password in it', () => {
    vi.stubEnv(ALL, 'user:hush@collector');
    expect(() => exportConfigured('LOGS')).not.toThrow(/hush/);
    expect(() => exportConfigured('LOGS')).toThrow(ALL);
  });
});
