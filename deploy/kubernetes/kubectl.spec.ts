import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { contextOf, kubectl, useCurrentContext } from './kubectl.ts';

/** Prints what it was called with; it points to `production`. */
const KUBECTL = `#!/bin/bash
[[ $1 = config ]] && echo production || echo "$@"
`;

beforeEach(() => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-kubectl-'));
  const file = path.join(folder, 'kubectl');
  writeFileSync(file, KUBECTL);
  chmodSync(file, 0o755);
  vi.stubEnv('PATH', folder);
  vi.stubEnv('SHOAL_KUBE_CONTEXT', undefined);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
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
