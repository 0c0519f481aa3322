import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { watchContent } from './watched-file.js';

const LOOK_MS = 10;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'shoal-watched-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  file = path.join(folder, 'settings.json');
});

/** All that was told so far; errors by their code. */
function watch(): string[] {
  const told: string[] = [];
  const stop = watchContent(
    file,
    (content) => told.push(typeof content === 'string' ? content : why(content)),
    LOOK_MS,
  );
  onTestFinished(stop);
  return told;
}

const why = (error: NodeJS.ErrnoException): string => error.code ?? error.message;

async function becomes(told: string[], content: string): Promise<void> {
  await expect.poll(() => told.at(-1), { timeout: 5_000 }).toBe(content);
}

describe('what a watched file holds', () => {
  it('is told at once, and when it is written anew in its place', async () => {
    writeFileSync(file, 'first');
    const told = watch();
    expect(told).toEqual(['first']);
    writeFileSync(file, 'second');
    await becomes(told, 'second');
  });

  it('is not waited for where it is a pipe, and told once there is a file', async () => {
    execFileSync('mkfifo', [file]);
    const told = watch();
    expect(told).toEqual(['it is no file']);
    rmSync(file);
    writeFileSync(file, 'first');
    await becomes(told, 'first');
  });

  it('is told when another file is moved into its place', async () => {
    writeFileSync(file, 'first');
    const told = watch();
    expect(told).toEqual(['first']);
    writeFileSync(`${file}.new`, 'other');
    renameSync(`${file}.new`, file);
    await becomes(told, 'other');
  });

  it('is told when the link to its folder is swapped, as a ConfigMap volume and git-sync do', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(path.join(folder, version));
      writeFileSync(path.join(folder, version, 'settings.json'), version);
    }
    symlinkSync('v1', path.join(folder, '..data'));
    symlinkSync(path.join('..data', 'settings.json'), file);
    const told = watch();
    expect(told).toEqual(['v1']);
    symlinkSync('v2', path.join(folder, '..data_tmp'));
    renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
    await becomes(told, 'v2');
  });

  it('is an error while it is missing, and told once it is there', async () => {
    const told = watch();
    expect(told).toEqual(['ENOENT']);
    writeFileSync(file, 'first');
    await becomes(told, 'first');
    rmSync(file);
    await becomes(told, 'ENOENT');
    writeFileSync(file, 'first');
    await becomes(told, 'first');
  });
});
