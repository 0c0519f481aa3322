import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { checkProgram } from '../containers/checks.ts';
import { command } from '../containers/command.ts';
import { portOf, PORTS } from '../containers/ports.ts';

/** The image of all Shoal processes, by its name in the manifests. */
export const IMAGE = 'shoal:0.1.0';
const NAME = 'shoal';
/**
 * A program that replaces kind on a machine where kind alone fails. It accepts `up CONFIG`, which may print `export KUBECONFIG=PATH`,
 * `load IMAGE...` and `down`.
 */
const { SHOAL_KIND } = process.env;

/** One node with the published ports, and two for the pods. */
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

/** @throws StartupError if neither kind nor SHOAL_KIND is available */
export const checkKind = (): Promise<void> =>
  SHOAL_KIND ? Promise.resolve() : checkProgram('kind', 'version');

/** Returns true if the cluster exists, running or not. */
export async function clusterExists(): Promise<boolean> {
  const found = await command(['docker', 'ps', '-aq', '--filter', `name=^${NAME}-control-plane$`]);
  return found !== '';
}

/** Creates the cluster unless it exists, and makes it kubectl's current context. */
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

/** Uses the KUBECONFIG that SHOAL_KIND printed, if any. */
function useCluster(output: string): void {
  const kubeconfig = /^export KUBECONFIG=(.+)$/m.exec(output)?.[1];
  if (!kubeconfig) return;
  process.env.KUBECONFIG = kubeconfig;
  console.log(`for kubectl and kind:test: export KUBECONFIG=${kubeconfig}`);
}

/** Builds {@link IMAGE}. Attestations would make it an index of several images, which some versions of kind cannot load. */
export async function buildImage(): Promise<void> {
  const env = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' };
  await command(['docker', 'build', '--tag', IMAGE, '.'], { env, shown: true });
}

/** Copies an image from Docker into the cluster. */
export async function loadImage(image: string): Promise<void> {
  if (SHOAL_KIND) await command([SHOAL_KIND, 'load', image]);
  else await command(['kind', 'load', 'docker-image', '--name', NAME, image]);
}

export async function deleteCluster(): Promise<void> {
  if (SHOAL_KIND) await command([SHOAL_KIND, 'down']);
  else await command(['kind', 'delete', 'cluster', '--name', NAME]);
}
