import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { releaseAbove } from './release.js';

const root = path.resolve(import.meta.dirname, '../../..');

describe('the release of a module', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(path.join(tmpdir(), 'shoal-release-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the repository's version, not that of the workspace it lies in", () => {
    writeFileSync(path.join(folder, 'package.json'), '{"name":"shoal","version":"7.1.0"}');
    const inside = path.join(folder, 'libs/telemetry/dist');
    mkdirSync(inside, { recursive: true });
    writeFileSync(path.join(inside, '../package.json'), '{"name":"@shoal/telemetry","version":"0.0.1"}');
    expect(releaseAbove(inside)).toBe('7.1.0');
    // As in an image: the bundle beside it.
    expect(releaseAbove(folder)).toBe('7.1.0');
  });

  it('is unknown elsewhere', () => {
    expect(releaseAbove(folder)).toBeUndefined();
  });

  it('is what the image says of itself, beside which the Dockerfile leaves the package.json', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(releaseAbove(import.meta.dirname)).toBe(version);
    const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');
    expect(dockerfile).toContain(`org.opencontainers.image.version="${version}"`);
  });
});
