import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../local/src/observe/programs.ts';

const collector = findProgram('otelcol-contrib');
const jaeger = findProgram('jaeger');
const promtool = findProgram('promtool');

/** Runs a program here. @throws Error with what it printed, when it fails */
const run = (program: string | undefined, ...args: string[]): string =>
  execFileSync(program ?? '', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' });

const readsFiles = !!collector && /name: file_?log$/m.test(run(collector, 'components'));

describe('the collector takes', () => {
  it.skipIf(!collector)('sidecar.yaml, if otelcol-contrib is there', () => {
    expect(() => run(collector, 'validate', '--config', 'sidecar.yaml')).not.toThrow();
  });

  it.skipIf(!collector)('gateway.yaml, if otelcol-contrib is there', () => {
    expect(() => run(collector, 'validate', '--config', 'gateway.yaml')).not.toThrow();
  });

  it.skipIf(!readsFiles)('nats-logs.yaml on top of sidecar.yaml, if it has the filelog receiver', () => {
    expect(() =>
      run(collector, 'validate', '--config', 'sidecar.yaml', '--config', 'nats-logs.yaml'),
    ).not.toThrow();
  });
});

describe('nats-logs.yaml', () => {
  const text = readFileSync(path.join(import.meta.dirname, 'nats-logs.yaml'), 'utf8');
  // Go's way to name a group, which JavaScript has without the P.
  const line = new RegExp(/regex: '(.*)'$/m.exec(text)?.[1]?.replaceAll('?P<', '?<') ?? '');

  it('knows the lines of nats-server', () => {
    expect(line.exec('[21310] 2026/11/21 17:33:58.997913 [INF]   Version:  2.15.2')?.groups).toEqual({
      time: '2026/11/21 17:33:58.997913',
      level: 'INF',
      message: '  Version:  2.15.2',
    });
    expect(line.test('goroutine 1 [running]:')).toBe(false);
  });

  it('names every level that nats-server writes', () => {
    const levels = [...(/mapping: \{(.*)\}/.exec(text)?.[1] ?? '').matchAll(/[A-Z]{3}/g)].map(
      ([level]) => level,
    );
    expect(levels.toSorted()).toEqual(['DBG', 'ERR', 'FTL', 'INF', 'TRC', 'WRN']);
  });
});

it.skipIf(!jaeger)('Jaeger takes jaeger.yaml, if it is there', () => {
  expect(() => run(jaeger, 'validate', '--config', 'jaeger.yaml')).not.toThrow();
});

it.skipIf(!promtool)('Prometheus takes prometheus.yml, if promtool is there', () => {
  expect(run(promtool, 'check', 'config', 'prometheus.yml')).toContain('SUCCESS');
});
