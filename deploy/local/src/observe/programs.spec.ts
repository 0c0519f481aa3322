import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { findPrograms, missing } from './programs.js';

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
});
