import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { natsConfig } from '../local/src/nats-config.ts';
import { findProgram } from '../local/src/observe/programs.ts';
import { FOLDERS, imagesOf, type Manifest, parseManifests, render } from './manifests.ts';

interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string }[];
  envFrom?: { configMapRef: { name: string } }[];
  resources?: Record<'requests' | 'limits', Record<'cpu' | 'memory', string> | undefined>;
  securityContext?: { runAsUser?: number };
  startupProbe?: { httpGet?: { path: string } };
  livenessProbe?: { httpGet?: { path: string } };
  readinessProbe?: { httpGet?: { path: string } };
  lifecycle?: { preStop: { exec: { command: string[] } } };
}

interface Pod {
  terminationGracePeriodSeconds?: number;
  automountServiceAccountToken?: boolean;
  securityContext?: { runAsUser?: number };
  containers: Container[];
  initContainers?: Container[];
  volumes?: { secret?: { secretName: string } }[];
}

type Labels = Record<string, string>;
interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values: string[] }[];
}
type Peer = { podSelector?: Selector; namespaceSelector?: Selector; ipBlock?: object };
interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports: { port: number }[];
}
interface Policy {
  podSelector: Selector;
  ingress?: Rule[];
  egress?: Rule[];
}

interface Workload {
  name: string;
  labels: Labels;
  pod: Pod;
  /** Sizes of the requested disks. */
  disks: string[];
}

interface Spec {
  template: { metadata: { labels: Labels }; spec: Pod };
  volumeClaimTemplates?: { spec: { resources: { requests: { storage: string } } } }[];
}

const WORKLOADS = ['StatefulSet', 'Deployment', 'Job'];

const workloadsOf = (manifests: Manifest[]): Workload[] =>
  manifests
    .filter(({ kind }) => WORKLOADS.includes(kind))
    .map(({ metadata, spec }) => {
      const { template, volumeClaimTemplates = [] } = spec as unknown as Spec;
      const disks = volumeClaimTemplates.map((claim) => claim.spec.resources.requests.storage);
      return { name: metadata.name, labels: template.metadata.labels, pod: template.spec, disks };
    });

const policiesOf = (manifests: Manifest[]): Policy[] =>
  manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec as unknown as Policy);

const containersOf = ({ pod }: Workload): Container[] => [...(pod.initContainers ?? []), ...pod.containers];

const selects = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));

/** Returns the workloads that a rule's peers select, `DNS` for other peers, or `any` for a rule without peers. */
function namesOf(peers: Peer[] | undefined, workloads: Workload[]): string[] {
  if (!peers) return ['any'];
  return peers.flatMap(({ podSelector = {}, namespaceSelector, ipBlock }) =>
    namespaceSelector || ipBlock
      ? ['DNS']
      : workloads.filter(({ labels }) => selects(podSelector, labels)).map(({ name }) => name),
  );
}

/** Returns the edges that policies allow at one end, as sorted `from to:port`. */
function edgesOf(end: 'ingress' | 'egress', policies: Policy[], workloads: Workload[]): string[] {
  const edges = policies.flatMap((policy) => {
    const here = namesOf([{ podSelector: policy.podSelector }], workloads);
    return (policy[end] ?? []).flatMap((rule) => {
      const there = namesOf(end === 'ingress' ? rule.from : rule.to, workloads);
      return here.flatMap((one) =>
        there.flatMap((other) =>
          rule.ports.map(({ port }) => (end === 'ingress' ? edge(other, one, port) : edge(one, other, port))),
        ),
      );
    });
  });
  return [...new Set(edges)].toSorted();
}

const edge = (from: string, to: string, port: number | string): string => `${from} to ${to}:${port}`;
const isOurs = (one: string): boolean => !/^any | to DNS:/.test(one);

/** Returns the edges of the table in README.md. */
function documentedEdges(workloads: Workload[]): string[] {
  const readme = readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8');
  const table = /^## Edges$(.*?)^## /ms.exec(readme)![1]!;
  const rows = [...table.matchAll(/^\| (.+?) +\| (.+?) +\| (\d[\d, ]*?) +\|/gm)];
  const all = workloads.map(({ name }) => name);
  return rows
    .flatMap(([, from, to, ports]) =>
      (from === 'all' ? all : from!.split(', ')).flatMap((one) =>
        to!.split(', ').flatMap((other) => ports!.split(', ').map((port) => edge(one, other, port))),
      ),
    )
    .toSorted();
}

/** ConfigMaps of single roles, in addition to the common one. */
const OWN_SETTINGS: Record<string, string[]> = { frontend: ['frontend'], indexer: ['aim'] };

const files = (folder: string) => readdirSync(path.join(import.meta.dirname, '../observability', folder));

const kubectl = findProgram('kubectl');
const UNITS: Record<string, number> = { '': 1, Mi: 1024 ** 2, MiB: 1024 ** 2, Gi: 1024 ** 3, GiB: 1024 ** 3 };

/** Parses a size in the notation of Kubernetes or nats-server. */
function bytesOf(size: string): number {
  const [, count, unit] = /^(\d+)(\D*)$/.exec(size)!;
  return Number(count) * UNITS[unit!]!;
}

const sizes = { cpu: expect.any(String) as string, memory: expect.any(String) as string };

const rendered = await Promise.all(
  FOLDERS.map(async (folder): Promise<[string, string]> => [folder, kubectl ? await render(folder) : '']),
);

describe.skipIf(!kubectl).each(rendered)('the manifests of %s (if kubectl is installed)', (_, yaml) => {
  const manifests = parseManifests(yaml);
  const workloads = workloadsOf(manifests);
  const policies = policiesOf(manifests);

  it('contain every workload', () => {
    const names = [
      'envoy',
      'frontend',
      'root',
      'shard',
      'indexer',
      'nats',
      'gateway',
      'jaeger',
      'prometheus',
      'grafana',
    ];
    expect(workloads.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  });

  it('set requests, limits and a restricted security context for every container', () => {
    for (const workload of workloads)
      for (const container of containersOf(workload)) {
        expect({ of: `${workload.name}/${container.name}`, ...container }).toMatchObject({
          resources: { requests: sizes, limits: sizes },
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        });
        expect(
          container.securityContext?.runAsUser ?? workload.pod.securityContext?.runAsUser,
        ).toBeGreaterThan(0);
      }
  });

  it('give no pod a token of the Kubernetes API', () => {
    for (const { name, pod } of workloads)
      expect([name, pod.automountServiceAccountToken]).toEqual([name, false]);
    expect(manifests.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
  });

  it('pin every image to one version', () => {
    expect(imagesOf(yaml).length).toBeGreaterThan(5);
    for (const image of imagesOf(yaml)) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
  });

  it('contain no secret', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const names = workloads.flatMap(containersOf).flatMap(({ env = [] }) => env.map(({ name }) => name));
    expect(names).toContain('SHOAL_NATS_PASSWORD_FILE');
    expect(names.filter((name) => /(PASSWORD|KEYS?|TOKEN|SECRET)$/.test(name))).toEqual([]);
  });

  it.each(['frontend', 'root', 'shard', 'indexer'])(
    'give %s only the NATS user and password of its role',
    (role) => {
      const { pod } = workloads.find(({ name }) => name === role)!;
      const [app] = pod.containers;
      expect(app?.args?.at(-1)).toBe(`${role}.js`);
      expect(app?.env).toContainEqual({ name: 'SHOAL_NATS_USER', value: role });
      const maps = app?.envFrom?.map(({ configMapRef }) => configMapRef.name.replace(/-[^-]+$/, ''));
      expect(maps).toEqual(['cluster', ...(OWN_SETTINGS[role] ?? [])]);
      const secrets = pod.volumes?.flatMap(({ secret }) => (secret ? [secret.secretName] : []));
      expect(secrets).toEqual(role === 'frontend' ? [role, 'api-key'] : [role]);
      expect(app?.livenessProbe?.httpGet?.path).toBe('/healthz');
      expect(app?.readinessProbe?.httpGet?.path).toBe('/readyz');
    },
  );

  it('start an ambassador before each root as its only NATS address', () => {
    const { pod } = workloads.find(({ name }) => name === 'root')!;
    expect(pod.initContainers?.map(({ name }) => name)).toContain('ambassador');
    expect(pod.containers[0]?.env).toContainEqual({ name: 'SHOAL_NATS_URL', value: '127.0.0.1:4222' });
  });

  it('size the disks of NATS for a full INTAKE and as much DOCS', () => {
    const settingOf = (name: string, variable: string) =>
      workloads
        .find((workload) => workload.name === name)!
        .pod.containers[0]?.env?.find((entry) => entry.name === variable)?.value;
    const intake = bytesOf(settingOf('indexer', 'SHOAL_INTAKE_MAX_BYTES')!);
    const store = bytesOf(settingOf('nats', 'MAX_FILE_STORE')!);
    const [disk] = workloads.find(({ name }) => name === 'nats')!.disks;
    expect(2 * intake).toBeLessThanOrEqual(store);
    expect(store).toBeLessThanOrEqual(0.9 * bytesOf(disk!));
  });

  it('run as many members as indexers and loader expect', () => {
    const aim = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('aim-'),
    )!;
    const { SHOAL_SHARDS: shards, SHOAL_REPLICAS: replicas } = (aim as { data?: Labels }).data!;
    const shard = manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'shard');
    expect(shard?.spec?.replicas).toBe(Number(shards) * Number(replicas));
    const readers = workloads.filter(({ pod }) =>
      pod.containers[0]?.envFrom?.some(({ configMapRef }) => configMapRef.name === aim.metadata.name),
    );
    const hasLoader = workloads.some(({ name }) => name === 'loader');
    expect(readers.map(({ name }) => name).toSorted()).toEqual(
      hasLoader ? ['indexer', 'loader'] : ['indexer'],
    );
  });

  it('give nats-server three probes and time for its lame duck mode', () => {
    const { pod } = workloads.find(({ name }) => name === 'nats')!;
    const [server] = pod.containers;
    const probes = [server?.startupProbe, server?.readinessProbe, server?.livenessProbe];
    expect(probes.map((probe) => probe?.httpGet?.path)).toEqual([
      '/healthz',
      '/healthz?js-server-only=true',
      '/healthz?js-enabled-only=true',
    ]);
    const service = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'nats');
    expect(service?.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(server?.lifecycle?.preStop.exec.command).toEqual(['nats-server', '--signal', 'ldm=1']);
    const node = { name: 'nats-0', host: '0.0.0.0', clientPort: 4222, monitorPort: 8222 };
    const config = natsConfig(node, '/data', { users: [], routePassword: '' });
    const [, seconds] = /^lame_duck_duration: "(\d+)s"$/m.exec(config)!;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(seconds) + 10);
  });

  it('select every workload by a network policy', () => {
    expect(policies).toContainEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const unnamed = workloads.filter(
      ({ labels }) =>
        !policies.some(({ podSelector }) => podSelector.matchLabels && selects(podSelector, labels)),
    );
    expect(unnamed.map(({ name }) => name)).toEqual([]);
  });

  it('open each edge at both ends', () => {
    const egress = edgesOf('egress', policies, workloads).filter(isOurs);
    expect(egress.length).toBeGreaterThan(15);
    const ingress = edgesOf('ingress', policies, workloads);
    // A rule without peers covers every caller.
    const covered = egress.filter((one) => ingress.includes(one.replace(/^\S+/, 'any')));
    expect([...new Set([...ingress.filter(isOurs), ...covered])].toSorted()).toEqual(egress);
  });
});

it.skipIf(!kubectl)('base opens exactly the edges of README.md (if kubectl is installed)', () => {
  const manifests = parseManifests(rendered[0]![1]);
  const workloads = workloadsOf(manifests);
  const policies = policiesOf(manifests);
  const open = ['ingress', 'egress'] as const;
  const edges = new Set(open.flatMap((end) => edgesOf(end, policies, workloads)));
  expect([...edges].toSorted()).toEqual(documentedEdges(workloads));
});

it.skipIf(!kubectl)('base mounts every rule and dashboard (if kubectl is installed)', () => {
  const maps = parseManifests(rendered[0]![1]).filter(({ kind }) => kind === 'ConfigMap');
  const keys = (name: string) =>
    Object.keys(
      (maps.find(({ metadata }) => metadata.name.startsWith(name)) as { data?: object } | undefined)?.data ??
        {},
    );
  expect(keys('prometheus-rules-')).toEqual(files('rules').toSorted());
  expect(keys('grafana-dashboards-')).toEqual(files('grafana/dashboards').toSorted());
});
