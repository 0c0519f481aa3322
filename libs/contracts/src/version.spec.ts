import { afterEach, describe, expect, it } from 'vitest';
import {
  checkVersionHeader,
  readIfKnown,
  readMessage,
  READABLE_VERSIONS,
  SCHEMA_VERSION,
  UNKNOWN_VERSIONS,
  UnknownVersionError,
} from './version.js';

const TODAY = { ...READABLE_VERSIONS };
const told: unknown[] = [];
const listener = (error: unknown) => void told.push(error);

afterEach(() => {
  Object.assign(READABLE_VERSIONS, TODAY);
  UNKNOWN_VERSIONS.unsubscribe(listener);
  told.length = 0;
});

const message = (v: unknown) => JSON.stringify({ v, field: 1 });

describe('a release', () => {
  it('reads what it writes', () => {
    expect(readMessage('a test', message(SCHEMA_VERSION))).toEqual({ v: SCHEMA_VERSION, field: 1 });
    expect(() => checkVersionHeader('a test', String(SCHEMA_VERSION))).not.toThrow();
  });

  it('that reads a range reads both ends of it, and nothing beyond', () => {
    Object.assign(READABLE_VERSIONS, { oldest: 2, newest: 3 });
    for (const v of [2, 3]) expect(readMessage('a test', message(v))).toMatchObject({ v });
    for (const v of [1, 4]) expect(() => readMessage('a test', message(v))).toThrow(UnknownVersionError);
  });

  it.each([undefined, null, '1', 0, -1, {}, [1]])('rejects the version %j', (v) => {
    expect(() => readMessage('a test', message(v))).toThrow(UnknownVersionError);
    expect(readIfKnown('a test', message(v))).toBeNull();
  });

  it.each(['null', '1', '"text"', '[]'])('rejects %s, which has no version', (json) => {
    expect(() => readMessage('a test', json)).toThrow(UnknownVersionError);
  });

  it.each(['', 'one', '2', '1.5'])('rejects the header %j', (header) => {
    expect(() => checkVersionHeader('a test', header)).toThrow(UnknownVersionError);
  });

  it('takes what was stored before there was a header for version 1', () => {
    expect(() => checkVersionHeader('a test', undefined)).not.toThrow();
    Object.assign(READABLE_VERSIONS, { oldest: 2, newest: 2 });
    expect(() => checkVersionHeader('a test', undefined)).toThrow(UnknownVersionError);
  });

  it('tells whoever listens, with what to do', () => {
    UNKNOWN_VERSIONS.subscribe(listener);
    readIfKnown('a heartbeat', message(7));
    expect(told).toHaveLength(1);
    expect((told[0] as UnknownVersionError).what).toBe('a heartbeat');
    expect(String(told[0])).toMatch(/a heartbeat has schema version 7; this process reads version 1: run/);
  });
});
