import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { command } from '../containers/command.ts';
import { addresses } from '../containers/ports.ts';
import { StartupError } from '../local/src/startup-error.ts';
import { IMAGE, loadImage } from './kind.ts';
import { kubectl, waitUntilReady } from './kubectl.ts';
import { imagesOf, parseManifests, renderForKind, workloadsOf } from './manifests.ts';

const METRICS_SERVER =
  'https://github.com/kubernetes-sigs/metrics-server/releases/download/v0.9.0/components.yaml';
const LOADED_WITHIN = '900s';
/** The program that also creates the secrets of Compose. */
const SECRETS_PROGRAM = path.resolve(import.meta.dirname, '../containers/dist/main.js');
/** One Secret for each reader. */
const READERS = ['operator', 'nats', 'frontend', 'root', 'shard', 'indexer', 'api-key', 'tls'];
const SERVERS = 'nats-0.nats,nats-1.nats,nats-2.nats';

interface Secret {
  data: Record<string, string>;
}

/** Deploys the overlay for kind, and waits until all documents are searchable and all workloads are ready. */
export async function deploy(log: (line: string) => void): Promise<void> {
  const yaml = await renderForKind();
  log("copying Docker's images into the cluster; its nodes pull the others");
  await loadImages(imagesOf(yaml), log);
  await installMetricsServer(log);
  const [namespace] = parseManifests(yaml).filter(({ kind }) => kind === 'Namespace');
  await apply(JSON.stringify(namespace));
  await applySecrets();
  // A Job is immutable. A new loader skips documents that are loaded.
  await kubectl(['delete', 'job', 'loader', '--ignore-not-found']);
  await apply(yaml);
  log('waiting until every replica has all documents');
  await kubectl(['wait', 'job/loader', '--for=condition=Complete', `--timeout=${LOADED_WITHIN}`]).catch(
    () => {
      throw new StartupError(
        'the loader did not finish: see kubectl -n shoal get pods and kubectl -n shoal logs job/loader',
      );
    },
  );
  const missing = await waitUntilReady(workloadsOf(yaml), log);
  for (const line of addresses((service) => !missing.includes(service))) log(line);
}

/** Applies on the server, which keeps no copy in an annotation. */
const apply = (input: string): Promise<string> =>
  kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], { input });

/**
 * Copies Docker's images into the cluster. Shoal's own image is in no registry; any other saves the nodes a download. kind rejects an
 * image of which Docker keeps one platform of several ({@link https://github.com/kubernetes-sigs/kind/issues/3795}).
 */
async function loadImages(images: string[], log: (line: string) => void): Promise<void> {
  await loadImage(IMAGE);
  for (const image of images.filter((other) => other !== IMAGE)) {
    if (!(await isInDocker(image))) continue;
    await loadImage(image).catch((error: Error) => {
      log(`the nodes will pull ${image}: ${error.message}`);
    });
  }
}

const isInDocker = (image: string): Promise<boolean> =>
  command(['docker', 'image', 'inspect', image]).then(
    () => true,
    () => false,
  );

const inSystem = (args: string[]): Promise<string> => kubectl(['--namespace', 'kube-system', ...args]);

/** Installs metrics-server, which the autoscalers need and kind lacks. kind's nodes have self-signed certificates. */
async function installMetricsServer(log: (line: string) => void): Promise<void> {
  const installed = await kubectl(['get', 'apiservice', 'v1beta1.metrics.k8s.io', '--ignore-not-found']);
  if (installed) return;
  const insecure = [
    { op: 'add', path: '/spec/template/spec/containers/0/args/-', value: '--kubelet-insecure-tls' },
  ];
  try {
    await inSystem(['apply', '-f', METRICS_SERVER]);
    await inSystem(['patch', 'deployment', 'metrics-server', '--type=json', '-p', JSON.stringify(insecure)]);
  } catch (error) {
    log(`continuing without metrics-server, so nothing scales by itself: ${(error as Error).message}`);
  }
}

/**
 * Creates the Secrets that the cluster lacks, with the caller's rights, because no workload may write a Secret. Existing Secrets stay,
 * because running processes use them.
 */
export async function applySecrets(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-secrets-'));
  try {
    for (const reader of READERS) {
      mkdirSync(path.join(folder, reader));
      const existing = await kubectl(['get', 'secret', reader, '--ignore-not-found', '-o', 'json']);
      if (existing) writeSecret(path.join(folder, reader), JSON.parse(existing) as Secret);
    }
    await command([process.execPath, SECRETS_PROGRAM, 'secrets'], {
      env: {
        SHOAL_VOLUMES: folder,
        SHOAL_NATS_SERVERS: SERVERS,
        SHOAL_NATS_STORE: '/data',
        SHOAL_NEEDS_MB: '0',
      },
    });
    const items = READERS.map((reader) => readSecret(reader, path.join(folder, reader)));
    await kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeSecret(folder: string, { data }: Secret): void {
  for (const [name, content] of Object.entries(data))
    writeFileSync(path.join(folder, name), content, { encoding: 'base64', mode: 0o600 });
}

function readSecret(name: string, folder: string): object {
  const files = readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file), 'base64')]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: name === 'tls' ? 'kubernetes.io/tls' : 'Opaque',
    metadata: { name },
    data: Object.fromEntries(files) as Record<string, string>,
  };
}
