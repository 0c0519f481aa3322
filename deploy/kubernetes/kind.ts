import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { checkProgram } from '../containers/checks.ts';
import { command } from '../containers/command.ts';
import { portOf, PORTS } from '../containers/ports.ts';

const NAME = 'shoal';
/**
 * For a machine on which kind alone does not do: a program that is called as `up CONFIG`, and may print `export KUBECONFIG=PATH`,
 * as `load IMAGE...`, and as `down`.
 */
const { SHOAL_KIND } = process.env;

/** One node that the ports lead to, and two for the pods. */
const clusterConfig = (): string =>
  stringify({
    kind: 'Cluster',
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    name: NAME,
    nodes: [
      {
        role: 'control-plane',
        extraPortMappings: Object.values(PORTS).map((port) => ({
          containerPort: port.nodePort,
          hostPort: portOf(port),
          listenAddress: '127.0.0.1',
        })),
      },
      { role: 'worker' },
      { role: 'worker' },
    ],
  });

/** @throws StartupError when nothing here can make a cluster */
export const checkKind = (): Promise<void> =>
  SHOAL_KIND ? Promise.resolve() : checkProgram('kind', 'version');

/** Whether there is one, running or not. */
export async function clusterExists(): Promise<boolean> {
  const found = await command(['docker', 'ps', '-aq', '--filter', `name=^${NAME}-control-plane$`]);
  return found !== '';
}

/** Makes a cluster, unless there is one; from then on kubectl talks to it, whatever it talked to before. */
export async function createCluster(): Promise<void> {
  if (!SHOAL_KIND && (await clusterExists())) {
    await command(['kind', 'export', 'kubeconfig', '--name', NAME]);
    return;
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'kind-'));
  const file = path.join(folder, 'kind.yaml');
  writeFileSync(file, clusterConfig());
  try {
    if (SHOAL_KIND) useCluster(await command([SHOAL_KIND, 'up', file]));
    else await command(['kind', 'create', 'cluster', '--config', file, '--wait', '180s'], { shown: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function useCluster(printed: string): void {
  const kubeconfig = /^export KUBECONFIG=(.+)$/m.exec(printed)?.[1];
  if (!kubeconfig) return;
  process.env.KUBECONFIG = kubeconfig;
  console.log(`for kubectl and kind:test: export KUBECONFIG=${kubeconfig}`);
}

/** Puts an image of Docker here into the cluster. */
export async function loadImage(image: string): Promise<void> {
  if (SHOAL_KIND) await command([SHOAL_KIND, 'load', image]);
  else await command(['kind', 'load', 'docker-image', '--name', NAME, image]);
}

export async function deleteCluster(): Promise<void> {
  if (SHOAL_KIND) await command([SHOAL_KIND, 'down']);
  else await command(['kind', 'delete', 'cluster', '--name', NAME]);
}
