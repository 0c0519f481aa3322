import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { findProgram } from '../local/src/observe/programs.ts';

const collector = findProgram('otelcol-contrib');
const jaeger = findProgram('jaeger');
const promtool = findProgram('promtool');

/** Runs a program in this folder. @throws Error with its output if it fails */
const run = (program: string | undefined, ...args: string[]): string =>
  execFileSync(program ?? '', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' });

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, '..', file), 'utf8');
const mebibytes = (size = ''): number => Number(/^(\d+)Mi?B?$/i.exec(size)?.[1]);

describe('the collector', () => {
  it.skipIf(!collector)('accepts sidecar.yaml (if otelcol-contrib is installed)', () => {
    expect(() => run(collector, 'validate', '--config', 'sidecar.yaml')).not.toThrow();
  });

  it.skipIf(!collector)('accepts gateway.yaml (if otelcol-contrib is installed)', () => {
    expect(() => run(collector, 'validate', '--config', 'gateway.yaml')).not.toThrow();
  });
});

describe('gateway.yaml', () => {
  it('names every service that has spans', () => {
    const [, names = ''] =
      /key: service\.name, values: \[(.*)\]/.exec(read('observability/gateway.yaml')) ?? [];
    const services = ['frontend', 'root', 'shard', 'indexer'];
    expect(names.split(', ')).toEqual(services);
    for (const service of services)
      expect(read(`../apps/${service}/src/${service}.module.ts`)).toContain(`identityOf('${service}')`);
  });
});

/** Returns the number that a pattern captures in a file. */
const numberIn = (file: string, pattern: RegExp): number => Number(pattern.exec(read(file))?.[1]);

it('processes, gateway and alerts share one threshold for slow responses', () => {
  const slowMs = numberIn('../apps/frontend/src/http/trace-requests.ts', /SLOW_MS = (\d+);/);
  expect(slowMs).toBeGreaterThan(0);
  expect(numberIn('observability/gateway.yaml', /latency: \{ threshold_ms: (\d+) \}/)).toBe(slowMs);
  const search = /http_route="\/api\/search", status_class=~"2xx\|aborted", le="([\d.]+)"/;
  expect(1_000 * numberIn('observability/rules/objectives.yml', search)).toBe(slowMs);
});

it.skipIf(!jaeger)('Jaeger accepts jaeger.yaml (if it is installed)', () => {
  expect(() => run(jaeger, 'validate', '--config', 'jaeger.yaml')).not.toThrow();
});

it.skipIf(!promtool)('Prometheus accepts prometheus.yml (if promtool is installed)', () => {
  expect(run(promtool, 'check', 'config', 'prometheus.yml')).toContain('SUCCESS');
});

describe('the memory limiter', () => {
  type Environment = Record<string, string>;

  const inCompose = Object.entries(
    (
      parse(read('compose/observability.yaml'), { merge: true, maxAliasCount: -1 }) as {
        services: Record<string, { environment?: Environment; mem_limit?: string }>;
      }
    ).services,
  ).map(([name, { environment = {}, mem_limit }]) => [`${name} of Compose`, environment, mem_limit] as const);

  interface Container {
    name: string;
    env?: { name: string; value?: string }[];
    resources: { limits: { memory: string } };
  }
  const inKubernetes = ['collector', 'gateway', 'jaeger']
    .flatMap((file) => parseAllDocuments(read(`kubernetes/base/${file}.yaml`)))
    .flatMap((document) => {
      const { spec } = document.toJS() as {
        spec: { template?: { spec: { containers?: Container[]; initContainers?: Container[] } } };
      };
      return [...(spec.template?.spec.containers ?? []), ...(spec.template?.spec.initContainers ?? [])];
    })
    .map(({ name, env = [], resources }) => {
      const environment: Environment = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
      return [`${name} of Kubernetes`, environment, resources.limits.memory] as const;
    });

  const limited = [...inCompose, ...inKubernetes].filter(([, { MEMORY_LIMIT_MIB }]) => MEMORY_LIMIT_MIB);

  it('is set for every collector and Jaeger in Compose and Kubernetes', () => {
    const names = limited.map(([name]) => name.replace(/^collector-.* of/, 'sidecar of'));
    expect([...new Set(names)].toSorted()).toEqual([
      'collector of Kubernetes',
      'gateway of Compose',
      'gateway of Kubernetes',
      'jaeger of Compose',
      'jaeger of Kubernetes',
      'sidecar of Compose',
    ]);
  });

  it.each(limited)(
    'rejects after garbage collection and below the container limit: %s',
    (_, environment, containerLimit) => {
      const limit = Number(environment.MEMORY_LIMIT_MIB);
      // The memory limiter rejects data from four fifths of its limit on.
      expect(mebibytes(environment.GOMEMLIMIT)).toBeLessThan(0.8 * limit);
      expect(limit).toBeLessThan(mebibytes(containerLimit));
    },
  );

  it.each(['sidecar.yaml', 'gateway.yaml', 'jaeger.yaml'])('has the default soft limit: %s', (file) => {
    const { processors } = parse(read(`observability/${file}`)) as { processors: { memory_limiter: object } };
    expect(Object.keys(processors.memory_limiter)).toEqual(['check_interval', 'limit_mib']);
  });
});
