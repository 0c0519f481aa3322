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
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean }[];
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
  volumes?: {
    name: string;
    secret?: { secretName: string };
    configMap?: { name: string };
    emptyDir?: { sizeLimit: string };
  }[];
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
  /** Sizes of the disks that it asks for. */
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

/** Whom a rule speaks of: workloads, or others. Without a peer it is anybody. */
function namesOf(peers: Peer[] | undefined, workloads: Workload[]): string[] {
  if (!peers) return ['anybody'];
  return peers.flatMap(({ podSelector = {}, namespaceSelector, ipBlock }) =>
    namespaceSelector || ipBlock
      ? ['DNS']
      : workloads.filter(({ labels }) => selects(podSelector, labels)).map(({ name }) => name),
  );
}

/** What policies allow at one end, as `from to:port`, sorted, each once. */
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
const isOurs = (one: string): boolean => !/^anybody | to DNS:/.test(one);

/** Those of the table in the README. */
function toldEdges(workloads: Workload[]): string[] {
  const readme = readFileSync(path.join(import.meta.dirname, 'README.md'), 'utf8');
  const table = /^## Edges$(.*?)^## /ms.exec(readme)![1]!;
  const rows = [...table.matchAll(/^\| (.+?) +\| (.+?) +\| (\d[\d, ]*?) +\|/gm)];
  const everyone = workloads.map(({ name }) => name);
  return rows
    .flatMap(([, from, to, ports]) =>
      (from === 'everyone' ? everyone : from!.split(', ')).flatMap((one) =>
        to!.split(', ').flatMap((other) => ports!.split(', ').map((port) => edge(one, other, port))),
      ),
    )
    .toSorted();
}

/** ConfigMaps of one role, beside that of all. */
const OWN_SETTINGS: Record<string, string[]> = { frontend: ['frontend'], indexer: ['aim'] };

const files = (folder: string) => readdirSync(path.join(import.meta.dirname, '../observability', folder));

const kubectl = findProgram('kubectl');
const UNITS: Record<string, number> = { '': 1, Mi: 1024 ** 2, MiB: 1024 ** 2, Gi: 1024 ** 3, GiB: 1024 ** 3 };

/** As Kubernetes and nats-server write it. */
function bytesOf(size: string): number {
  const [, count, unit] = /^(\d+)(\D*)$/.exec(size)!;
  return Number(count) * UNITS[unit!]!;
}

const sizes = { cpu: expect.any(String) as string, memory: expect.any(String) as string };

const rendered = await Promise.all(
  FOLDERS.map(async (folder): Promise<[string, string]> => [folder, kubectl ? await render(folder) : '']),
);

describe.skipIf(!kubectl).each(rendered)('%s (if kubectl is there)', (_, yaml) => {
  const manifests = parseManifests(yaml);
  const workloads = workloadsOf(manifests);
  const policies = policiesOf(manifests);

  it('has every workload', () => {
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

  it('gives every container requests and limits, and no right that it need not have', () => {
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

  it('gives no pod a token of the Kubernetes API, and binds no role', () => {
    for (const { name, pod } of workloads)
      expect([name, pod.automountServiceAccountToken]).toEqual([name, false]);
    expect(manifests.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
  });

  it('takes images of one version each', () => {
    expect(imagesOf(yaml).length).toBeGreaterThan(5);
    for (const image of imagesOf(yaml)) expect(image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
  });

  it('has no secret in it, neither as one nor in an environment', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const names = workloads.flatMap(containersOf).flatMap(({ env = [] }) => env.map(({ name }) => name));
    expect(names).toContain('SHOAL_NATS_PASSWORD_FILE');
    expect(names.filter((name) => /(PASSWORD|KEYS?|TOKEN|SECRET)$/.test(name))).toEqual([]);
  });

  it.each(['frontend', 'root', 'shard', 'indexer'])(
    'gives %s the NATS user of its role, and its password alone',
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

  it('gives a root an ambassador that starts before it, and no other address of NATS', () => {
    const { pod } = workloads.find(({ name }) => name === 'root')!;
    expect(pod.initContainers?.map(({ name }) => name)).toContain('ambassador');
    expect(pod.containers[0]?.env).toContainEqual({ name: 'SHOAL_NATS_URL', value: '127.0.0.1:4222' });
  });

  it('gives each NATS server a disk that holds a full INTAKE, and at least as much of DOCS', () => {
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

  it('has the members that the indexers aim at, and the loader waits for no others', () => {
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

  it('lets a NATS server start with the others, end as a lame duck in its time, and asks three different things of it', () => {
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

  it('lets no workload reach or be reached by what no policy names', () => {
    expect(policies).toContainEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const unnamed = workloads.filter(
      ({ labels }) =>
        !policies.some(({ podSelector }) => podSelector.matchLabels && selects(podSelector, labels)),
    );
    expect(unnamed.map(({ name }) => name)).toEqual([]);
  });

  it('opens each edge at both of its ends', () => {
    const egress = edgesOf('egress', policies, workloads).filter(isOurs);
    expect(egress.length).toBeGreaterThan(15);
    const ingress = edgesOf('ingress', policies, workloads);
    // Who may be reached by anybody names nobody.
    const covered = egress.filter((one) => ingress.includes(one.replace(/^\S+/, 'anybody')));
    expect([...new Set([...ingress.filter(isOurs), ...covered])].toSorted()).toEqual(egress);
  });
});

it.skipIf(!kubectl)('base opens the edges that the README has, and no other (if kubectl is there)', () => {
  const manifests = parseManifests(rendered[0]![1]);
  const workloads = workloadsOf(manifests);
  const policies = policiesOf(manifests);
  const open = ['ingress', 'egress'] as const;
  const edges = new Set(open.flatMap((end) => edgesOf(end, policies, workloads)));
  expect([...edges].toSorted()).toEqual(toldEdges(workloads));
});

it.skipIf(!kubectl)('base takes every rule and dashboard there is (if kubectl is there)', () => {
  const maps = parseManifests(rendered[0]![1]).filter(({ kind }) => kind === 'ConfigMap');
  const keys = (name: string) =>
    Object.keys(
      (maps.find(({ metadata }) => metadata.name.startsWith(name)) as { data?: object } | undefined)?.data ??
        {},
    );
  expect(keys('prometheus-rules-')).toEqual(files('rules').toSorted());
  expect(keys('grafana-dashboards-')).toEqual(files('grafana/dashboards').toSorted());
});
