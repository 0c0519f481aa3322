import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeProgram } from '../../test/cluster/fake-program.ts';
import { contextOf, kubectl, useCurrentContext } from './kubectl.ts';

/** Prints what it was called with; it points to `production`. */
const KUBECTL = '[[ $1 = config ]] && echo production || echo "$@"';

beforeEach(() => {
  fakeProgram('kubectl', KUBECTL);
  vi.stubEnv('SHOAL_KUBE_CONTEXT', undefined);
});

describe('kubectl talks to', () => {
  it('the cluster of kind:up, whatever it points to', async () => {
    expect(await kubectl(['get', 'pods'])).toBe('--context kind-shoal --namespace shoal get pods');
  });

  it('the one that SHOAL_KUBE_CONTEXT names', async () => {
    vi.stubEnv('SHOAL_KUBE_CONTEXT', 'mine');
    expect(await kubectl(['get', 'pods'])).toBe('--context mine --namespace shoal get pods');
    expect(await useCurrentContext()).toBe('mine');
  });

  it('the one that it points to only for a cluster of one’s own', async () => {
    expect(await useCurrentContext()).toBe('production');
    expect(contextOf()).toBe('production');
  });
});
