import { StartupError } from '../local/src/startup-error.ts';
import { command } from '../containers/command.ts';
import { kubectl } from './kubectl.ts';
import { loadImage } from './kind.ts';
import { IMAGE } from './image.ts';
import { imagesOf, parseManifests, renderForKind, workloadsOf } from './manifests.ts';
import { addresses } from '../containers/ports.ts';
import { waitUntilReady } from './ready.ts';
import { applySecrets } from './secrets.ts';

const METRICS_SERVER =
  'https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml';
const LOADED_WITHIN = '900s';

/** Brings everything into the cluster for kind, and waits until all documents are searchable and all who run are ready. */
export async function deploy(say: (text: string) => void): Promise<void> {
  const yaml = await renderForKind();
  say('bringing in the images that Docker has here; the nodes pull the others');
  await bringIn(imagesOf(yaml), say);
  await metricsServer(say);
  const [namespace] = parseManifests(yaml).filter(({ kind }) => kind === 'Namespace');
  await apply(JSON.stringify(namespace));
  await applySecrets();
  // A Job cannot change; a new one loads nothing that is there.
  await kubectl(['delete', 'job', 'loader', '--ignore-not-found']);
  await apply(yaml);
  say('waiting until all documents are loaded and found on every replica');
  await kubectl(['wait', 'job/loader', '--for=condition=Complete', `--timeout=${LOADED_WITHIN}`]).catch(
    () => {
      throw new StartupError(
        'the loader is not done: kubectl -n shoal get pods, kubectl -n shoal logs job/loader',
      );
    },
  );
  const missing = await waitUntilReady(workloadsOf(yaml), say);
  for (const line of addresses((service) => !missing.includes(service))) say(line);
}

/** By the server, which keeps no copy of it in an annotation. */
const apply = (input: string): Promise<string> =>
  kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });

/**
 * Ours is nowhere else. Any other saves the nodes a download, if it can be had at all: kind refuses one of which Docker keeps a single platform
 * of several ({@link https://github.com/kubernetes-sigs/kind/issues/3795}).
 */
async function bringIn(images: string[], say: (text: string) => void): Promise<void> {
  await loadImage(IMAGE);
  for (const image of images.filter((other) => other !== IMAGE)) {
    if (!(await isHere(image))) continue;
    await loadImage(image).catch((error: Error) => {
      say(`${image} is left to the nodes to pull: ${error.message}`);
    });
  }
}

const isHere = (image: string): Promise<boolean> =>
  command(['docker', 'image', 'inspect', image]).then(
    () => true,
    () => false,
  );

const inSystem = (args: string[]): Promise<string> => kubectl(['--namespace', 'kube-system', ...args]);

/** What the autoscalers ask, which kind does not bring. Its nodes' certificates are their own. */
async function metricsServer(say: (text: string) => void): Promise<void> {
  const there = await kubectl(['get', 'apiservice', 'v1beta1.metrics.k8s.io', '--ignore-not-found']);
  if (there) return;
  const insecure = [
    { op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--kubelet-insecure-tls' },
  ];
  try {
    await inSystem(['apply', '-f', METRICS_SERVER]);
    await inSystem(['patch', 'deployment', 'metrics-server', '--type=json', '-p', JSON.stringify(insecure)]);
  } catch (error) {
    say(`going on without metrics-server, so nothing scales by itself: ${(error as Error).message}`);
  }
}
