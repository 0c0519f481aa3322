import { describe, expect, it } from 'vitest';
import { fakeProgram } from '../../test/cluster/fake-program.ts';
import { waitUntilReady } from './ready.ts';

const WORKLOADS = ['statefulset/nats', 'deployment/jaeger', 'deployment/grafana'];

/** Puts a kubectl on the PATH that says of these that they are not ready. */
function fakeKubectl(late: string[]): void {
  fakeProgram('kubectl', `for one in ${late.join(' ')}; do [[ " $* " != *" $one "* ]] || exit 1; done`);
}

async function wait(): Promise<{ missing: string[]; said: string[] }> {
  const said: string[] = [];
  return { missing: await waitUntilReady(WORKLOADS, (text) => said.push(text)), said };
}

describe('kind:up', () => {
  it('is done when every workload is ready', async () => {
    fakeKubectl([]);
    expect(await wait()).toMatchObject({ missing: [] });
  });

  it('goes on without Grafana, and says so', async () => {
    fakeKubectl(['deployment/grafana']);
    const { missing, said } = await wait();
    expect(missing).toEqual(['grafana']);
    expect(said.at(-1)).toMatch(/^going on without deployment\/grafana, .*kubectl -n shoal describe/);
  });

  it('names in one line all others that are not ready', async () => {
    fakeKubectl(WORKLOADS);
    await expect(wait()).rejects.toThrow(
      /^not ready within 600s: statefulset\/nats, deployment\/jaeger; see .*$/,
    );
  });
});
