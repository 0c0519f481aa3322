import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { makeCertificate } from '../containers/src/secrets.ts';
import { findProgram } from '../local/src/observe/programs.ts';

interface Service {
  image?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  user?: string;
  mem_limit?: string;
  scale?: number;
  ports?: string[];
  network_mode?: string;
  environment?: Record<string, string>;
  networks?: unknown;
  privileged?: boolean;
  command?: string[];
  volumes?: string[];
}

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, file), 'utf8');
const servicesOf = (file: string): [string, Service][] =>
  Object.entries(
    (parse(read(file), { merge: true, maxAliasCount: -1 }) as { services: Record<string, Service> }).services,
  );

const all = ['core.yaml', 'observability.yaml', 'grafana.yaml'].flatMap(servicesOf);
/** Excludes the parts that one file adds to a service of another. */
const services = all.filter(([, { image }]) => image !== undefined);

const names = services.map(([name]) => name);

/** Returns the memory limit, or the default of its variable. */
const limitOf = ({ mem_limit = '' }: Service): string => mem_limit.replace(/^\$\{\w+:-(\w+)\}$/, '$1');

const mebibytes = (counted: [string, Service][]): number =>
  counted.reduce(
    (sum, [, service]) => sum + Number(limitOf(service).replace('m', '')) * (service.scale ?? 1),
    0,
  );

/** Returns the service whose network a service uses: itself or its neighbour. */
const networkOf = (name: string): string =>
  services.find(([service]) => service === name)?.[1].network_mode?.replace('service:', '') ?? name;

it('joins only networks of services with a network of their own', () => {
  for (const [name] of services) expect(networkOf(networkOf(name))).toBe(networkOf(name));
});

it('gives each root only its ambassador as NATS address', () => {
  const roots = services.filter(([name]) => name.startsWith('root-'));
  expect(roots.length).toBe(2);
  for (const [name, { environment }] of roots) {
    expect(networkOf(name)).toBe(`ambassador-${name}`);
    expect(environment?.SHOAL_NATS_URL).toBe('127.0.0.1:4222');
  }
});

it('sets MAX_FILE_STORE for every nats-server', () => {
  const servers = services.filter(([name]) => /^nats-\d$/.test(name));
  expect(servers).toHaveLength(3);
  for (const [, { environment }] of servers)
    expect(environment?.MAX_FILE_STORE).toMatch(/^\$\{SHOAL_NATS_MAX_FILE_STORE:-\d+GiB\}$/);
});

it('runs as many members as indexers and loader expect', () => {
  const aimOf = (name: string): (string | undefined)[] => {
    const { environment } = services.find(([service]) => service === name)![1];
    return [environment?.SHOAL_SHARDS, environment?.SHOAL_REPLICAS];
  };
  const aim = aimOf('loader');
  expect([aimOf('indexer-0'), aimOf('indexer-1')]).toEqual([aim, aim]);
  const [shards, replicas] = aim.map((text) => Number(/:-(\d+)\}$/.exec(text!)![1]));
  expect(services.find(([name]) => name === 'shard')![1].scale).toBe(shards! * replicas!);
});

describe.each(services)('the container %s', (_, service) => {
  it('has a read-only root file system and no capabilities', () => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service.privileged).toBeUndefined();
  });

  it('has a memory limit and a pinned image', () => {
    expect(limitOf(service)).toMatch(/^\d+m$/);
    expect(service.image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
  });

  it('publishes ports on loopback only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe('the sum of memory limits', () => {
  const docs = read('../../docs/deploy.md');

  it.each([
    ['of all containers', 4480, services],
    ['of those that do not end', 4160, services.filter(([name]) => !['secrets', 'loader'].includes(name))],
    ['of core.yaml', 2832, servicesOf('core.yaml')],
  ])('matches docs/deploy.md: %s', (_, limits, counted) => {
    expect(mebibytes(counted)).toBe(limits);
    expect(docs).toContain(`| ${limits.toLocaleString('en')} MiB |`);
  });
});

it('passes no secret by environment', () => {
  const settings = all.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
  expect(settings).toContain('SHOAL_NATS_PASSWORD_FILE');
  expect(settings.filter((name) => /(PASSWORD|KEYS?|TOKEN|SECRET)$/.test(name))).toEqual([]);
});

describe('Prometheus', () => {
  const targets = (
    JSON.parse(read('prometheus/targets/processes.json')) as {
      targets: [string];
      labels: { job: string; instance: string };
    }[]
  ).map(({ targets: [target], labels: { job, instance } }) => ({
    host: target.split(':')[0]!,
    job,
    instance,
  }));

  it('scrapes every collector and adapter in its network', () => {
    const watched = names.filter((name) => /^(collector|nats-adapter|gateway)/.test(name));
    expect(watched.length).toBeGreaterThan(10);
    for (const name of watched)
      expect(targets).toContainEqual(expect.objectContaining({ host: networkOf(name), instance: name }));
  });

  it('scrapes every process, scaled ones by DNS', () => {
    for (const name of names.filter((service) => /^(frontend|root|indexer|config)-/.test(service)))
      expect(targets).toContainEqual({
        host: networkOf(name),
        job: name.replace(/-\d+$/, ''),
        instance: name,
      });
    expect(names).toContain('shard');
    const { scrape_configs } = parse(read('prometheus/scrape/compose.yml')) as { scrape_configs: object[] };
    expect(scrape_configs).toContainEqual(
      expect.objectContaining({
        job_name: 'shard',
        dns_sd_configs: [expect.objectContaining({ names: ['shard'] })],
        // Otherwise ProcessDown fires for an hour after a scale-down (rules/processes.yml).
        relabel_configs: [{ target_label: 'transient', replacement: 'yes' }],
      }),
    );
    for (const name of names.filter((service) => /^(envoy|ambassador)/.test(service)))
      expect(read('prometheus/scrape/compose.yml')).toContain(`'${name}:9902'`);
  });
});

describe('Envoy', () => {
  const envoy = findProgram('envoy');

  it('finds every frontend by one name', () => {
    expect(read('envoy.yaml')).toContain('address: frontend, port_value: 8080');
    const frontends = services.filter(([name]) => name.startsWith('frontend-'));
    expect(frontends).toHaveLength(2);
    for (const [, { networks }] of frontends)
      expect(networks).toEqual({ default: { aliases: ['frontend'] } });
  });

  it.skipIf(!envoy)('takes the configuration of an ambassador, if envoy is there', () => {
    const file = path.join(import.meta.dirname, '../ambassador/envoy.yaml');
    const takes = () => execFileSync(envoy!, ['--mode', 'validate', '-c', file], { stdio: 'pipe' });
    expect(takes).not.toThrow();
  });

  it.skipIf(!envoy)('takes envoy.yaml, with a certificate of ours, if envoy is there', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'envoy-'));
    const { certificate, key } = await makeCertificate();
    writeFileSync(path.join(folder, 'tls.crt'), certificate);
    writeFileSync(path.join(folder, 'tls.key'), key);
    const file = path.join(folder, 'envoy.yaml');
    writeFileSync(file, read('envoy.yaml').replaceAll('/secrets/', `${folder}/`));
    try {
      const takes = () => execFileSync(envoy!, ['--mode', 'validate', '-c', file], { stdio: 'pipe' });
      expect(takes).not.toThrow();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
