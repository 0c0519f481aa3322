import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { command } from '../containers/command.ts';
import { urlOf } from '../containers/ports.ts';

/** One Kubernetes object. */
export interface Manifest {
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  spec?: Record<string, unknown>;
}

export const FOLDERS = ['base', 'overlays/kind', 'overlays/cloud'] as const;

/** Renders the manifests of a folder as YAML. */
export const render = (folder: (typeof FOLDERS)[number]): Promise<string> =>
  command([
    'kubectl',
    'kustomize',
    '--load-restrictor',
    'LoadRestrictionsNone',
    path.join(import.meta.dirname, folder),
  ]);

export const parseManifests = (yaml: string): Manifest[] =>
  parseAllDocuments(yaml).map((document) => document.toJS() as Manifest);

/** Returns kubectl's names of the workloads that run permanently. */
export const workloadsOf = (yaml: string): string[] =>
  parseManifests(yaml)
    .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);

/** Returns the distinct image names. */
export const imagesOf = (yaml: string): string[] => [
  ...new Set([...yaml.matchAll(/^ +(?:- )?image: (\S+)$/gm)].flatMap(([, image]) => image ?? [])),
];

/** Renders the overlay for kind, with this machine's address of Jaeger for the console. */
export async function renderForKind(): Promise<string> {
  return (await render('overlays/kind')).replaceAll('http://127.0.0.1:16686', urlOf('jaeger'));
}
