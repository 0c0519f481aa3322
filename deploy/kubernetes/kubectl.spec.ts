import { beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeProgram } from '../../test/cluster/stand-ins.ts';
import { contextOf, kubectl, useCurrentContext, waitUntilReady } from './kubectl.ts';

describe('kubectl', () => {
  beforeEach(() => {
    // Prints its arguments; its current context is `production`.
    fakeProgram('kubectl', '[[ $1 = config ]] && echo production || echo "$@"');
    vi.stubEnv('SHOAL_KUBE_CONTEXT', undefined);
  });

  it('uses the cluster of kind:up whatever the current context is', async () => {
    expect(await kubectl(['get', 'pods'])).toBe('--context kind-shoal --namespace shoal get pods');
  });

  it('uses the context of SHOAL_KUBE_CONTEXT', async () => {
    vi.stubEnv('SHOAL_KUBE_CONTEXT', 'mine');
    expect(await kubectl(['get', 'pods'])).toBe('--context mine --namespace shoal get pods');
    expect(await useCurrentContext()).toBe('mine');
  });

  it('uses the current context only after useCurrentContext', async () => {
    expect(await useCurrentContext()).toBe('production');
    expect(contextOf()).toBe('production');
  });
});

describe('waitUntilReady', () => {
  const WORKLOADS = ['statefulset/nats', 'deployment/jaeger', 'deployment/grafana'];

  /** Waits with a kubectl for which these workloads never get ready. */
  async function waitWithout(late: string[]): Promise<{ missing: string[]; lines: string[] }> {
    fakeProgram('kubectl', `for one in ${late.join(' ')}; do [[ " $* " != *" $one "* ]] || exit 1; done`);
    const lines: string[] = [];
    return { missing: await waitUntilReady(WORKLOADS, (line) => lines.push(line)), lines };
  }

  it('resolves when every workload is ready', async () => {
    expect(await waitWithout([])).toMatchObject({ missing: [] });
  });

  it('continues without Grafana and logs it', async () => {
    const { missing, lines } = await waitWithout(['deployment/grafana']);
    expect(missing).toEqual(['grafana']);
    expect(lines.at(-1)).toMatch(/^continuing without deployment\/grafana, .*kubectl -n shoal describe/);
  });

  it('names all other missing workloads in one line', async () => {
    await expect(waitWithout(WORKLOADS)).rejects.toThrow(
      /^not ready within 600s: statefulset\/nats, deployment\/jaeger; see .*$/,
    );
  });
});
