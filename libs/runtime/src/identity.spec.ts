import { hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { identityOf } from './identity.js';

afterEach(() => vi.unstubAllEnvs());

describe('the identity of a process', () => {
  it('has the name that it was given', () => {
    vi.stubEnv('SHOAL_NAME', 'shard-3');
    expect(identityOf('shard')).toEqual({ service: 'shard', instance: 'shard-3' });
  });

  it('has the name of its host without one: a container has it to itself, and keeps it when it is started again', () => {
    vi.stubEnv('SHOAL_NAME', undefined);
    expect(identityOf('shard')).toEqual({ service: 'shard', instance: hostname() });
  });
});
