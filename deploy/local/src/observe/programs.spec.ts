import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findPrograms, missing, PROGRAMS } from './programs.js';

const DEPLOY = path.resolve(import.meta.dirname, '../../..');
/** Where an image is used in containers. */
const PLACES: Record<string, string[]> = {
  'otel/opentelemetry-collector-contrib': [
    'compose/observability.yaml',
    'kubernetes/base/collector.yaml',
    'kubernetes/base/gateway.yaml',
  ],
  'jaegertracing/jaeger': ['compose/observability.yaml', 'kubernetes/base/jaeger.yaml'],
  'prom/prometheus': ['compose/observability.yaml', 'kubernetes/base/prometheus.yaml'],
};

let folder: string;
let env: { PATH: string; SHOAL_TOOLS: string };
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-programs-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  env = { PATH: path.join(folder, 'path'), SHOAL_TOOLS: path.join(folder, 'tools') };
});

function put(...place: string[]): string {
  const file = path.join(folder, ...place);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '');
  chmodSync(file, 0o755);
  return file;
}

describe('the programs', () => {
  it('are found on the PATH first, then among the tools', () => {
    const jaeger = put('path', 'jaeger');
    put('tools', 'bin', 'jaeger');
    const prometheus = put('tools', 'bin', 'prometheus');
    expect(findPrograms(env)).toEqual({ jaeger, prometheus, collector: undefined });
  });

  it('must be executable', () => {
    chmodSync(put('path', 'jaeger'), 0o644);
    expect(findPrograms(env).jaeger).toBeUndefined();
  });

  it('that are missing are told where to get and where to put', () => {
    const text = missing('jaeger', env);
    expect(text).toContain('https://www.jaegertracing.io/download/');
    expect(text).toContain(path.join(folder, 'tools/bin/jaeger'));
    put('tools', 'bin', 'jaeger');
    expect(findPrograms(env).jaeger).toBe(path.join(folder, 'tools/bin/jaeger'));
  });

  it.each(Object.values(PROGRAMS).map(({ image }) => image[0]))(
    'of %s are in the version that Compose and Kubernetes have',
    (image) => {
      for (const file of PLACES[image.split(':')[0]!]!)
        expect(readFileSync(path.join(DEPLOY, file), 'utf8')).toContain(`image: ${image}\n`);
    },
  );
});
