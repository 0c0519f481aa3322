import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { natsLogRecord } from '../../libs/nats-log/src/nats-log-record.ts';
import { fileCollector } from '../../test/cluster/file-collector.ts';
import { findProgram } from '../local/src/observe/programs.ts';

const collector = findProgram('otelcol-contrib');
const jaeger = findProgram('jaeger');
const promtool = findProgram('promtool');

/** Runs a program here. @throws Error with what it printed, when it fails */
const run = (program: string | undefined, ...args: string[]): string =>
  execFileSync(program ?? '', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' });

const read = (file: string): string => readFileSync(path.join(import.meta.dirname, '..', file), 'utf8');
const mebibytes = (size = ''): number => Number(/^(\d+)Mi?B?$/i.exec(size)?.[1]);

describe('the collector takes', () => {
  it.skipIf(!collector)('sidecar.yaml, if otelcol-contrib is there', () => {
    expect(() => run(collector, 'validate', '--config', 'sidecar.yaml')).not.toThrow();
  });

  it.skipIf(!collector)('gateway.yaml, if otelcol-contrib is there', () => {
    expect(() => run(collector, 'validate', '--config', 'gateway.yaml')).not.toThrow();
  });

  it.skipIf(!fileCollector)('nats-logs.yaml on top of sidecar.yaml, if it has the filelog receiver', () => {
    expect(() =>
      run(fileCollector, 'validate', '--config', 'sidecar.yaml', '--config', 'nats-logs.yaml'),
    ).not.toThrow();
  });
});

describe('gateway.yaml', () => {
  it('calls the processes that have spans by their names', () => {
    const [, names = ''] =
      /key: service\.name, values: \[(.*)\]/.exec(read('observability/gateway.yaml')) ?? [];
    const services = ['frontend', 'root', 'shard', 'indexer'];
    expect(names.split(', ')).toEqual(services);
    for (const service of services)
      expect(read(`../apps/${service}/src/${service}.module.ts`)).toContain(`identityOf('${service}')`);
  });
});

/** The number in a configuration. */
const numberIn = (file: string, pattern: RegExp): number => Number(pattern.exec(read(file))?.[1]);

it('processes, gateway and alerts call the same answers slow', () => {
  const slowMs = numberIn('../libs/service/src/worth-keeping.ts', /SLOW_MS = (\d+);/);
  expect(slowMs).toBeGreaterThan(0);
  expect(numberIn('observability/gateway.yaml', /latency: \{ threshold_ms: (\d+) \}/)).toBe(slowMs);
  const search = /http_route="\/api\/search", status_class=~"2xx\|aborted", le="([\d.]+)"/;
  expect(1_000 * numberIn('observability/rules/objectives.yml', search)).toBe(slowMs);
});

describe('nats-logs.yaml', () => {
  const text = read('observability/nats-logs.yaml');
  // Go's way to name a group, which JavaScript has without the P.
  const line = new RegExp(/regex: '(.*)'$/m.exec(text)?.[1]?.replaceAll('?P<', '?<') ?? '');

  it('knows the lines of nats-server', () => {
    expect(line.exec('[21310] 2026/11/21 17:33:58.997913 [INF]   Version:  2.15.2')?.groups).toEqual({
      pid: '21310',
      time: '2026/11/21 17:33:58.997913',
      level: 'INF',
      message: '  Version:  2.15.2',
    });
    expect(line.test('goroutine 1 [running]:')).toBe(false);
  });

  it('names every level that nats-server writes as the adapter for its log does', () => {
    const { LEVELS } = parse(`LEVELS: ${/\{"TRC": .*\}/.exec(text)?.[0]}`) as {
      LEVELS: Record<string, string>;
    };
    expect(Object.keys(LEVELS)).toEqual(['TRC', 'DBG', 'INF', 'WRN', 'ERR', 'FTL']);
    for (const [tag, level] of Object.entries(LEVELS))
      expect(natsLogRecord(`[1] 2026/11/21 17:33:58.997913 [${tag}] it`, 'nats-0', new Date())).toMatchObject(
        {
          level,
        },
      );
  });
});

it.skipIf(!jaeger)('Jaeger takes jaeger.yaml, if it is there', () => {
  expect(() => run(jaeger, 'validate', '--config', 'jaeger.yaml')).not.toThrow();
});

it.skipIf(!promtool)('Prometheus takes prometheus.yml, if promtool is there', () => {
  expect(run(promtool, 'check', 'config', 'prometheus.yml')).toContain('SUCCESS');
});

describe('who refuses data when memory gets short', () => {
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

  it('is every collector and Jaeger, in Compose and in Kubernetes', () => {
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
    'collects its garbage first, and ends within its container: %s',
    (_, environment, most) => {
      const limit = Number(environment.MEMORY_LIMIT_MIB);
      // The memory limiter's default: it begins to refuse a fifth below the limit.
      expect(mebibytes(environment.GOMEMLIMIT)).toBeLessThan(0.8 * limit);
      expect(limit).toBeLessThan(mebibytes(most));
    },
  );

  it.each(['sidecar.yaml', 'gateway.yaml', 'jaeger.yaml'])('does so at a part of its limit: %s', (file) => {
    const { processors } = parse(read(`observability/${file}`)) as { processors: { memory_limiter: object } };
    expect(Object.keys(processors.memory_limiter)).toEqual(['check_interval', 'limit_mib']);
  });
});
