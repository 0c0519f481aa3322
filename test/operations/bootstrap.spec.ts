import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const BOOTSTRAP = path.resolve(import.meta.dirname, '../../deploy/local/bootstrap.mjs');

async function run(args: string[], env: Record<string, string>): Promise<{ code: number; errors: string[] }> {
  const child = spawn(process.execPath, [BOOTSTRAP, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, errors: errors.split('\n').filter((line) => line !== '' && !/^ *\d+\.\d s /.test(line)) };
}

it('rejects a nats-server that is too old in one line', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const old = path.join(folder, 'nats-server');
  writeFileSync(old, '#!/bin/sh\necho "nats-server: v2.10.4"\n');
  chmodSync(old, 0o755);
  const { code, errors } = await run(['start', '--port', '0', '--data', folder], { NATS_SERVER: old });
  expect(code).toBe(1);
  expect(errors).toEqual([
    expect.stringMatching(/^shoal: nats-server 2\.10\.4 .* is too old: .* 2\.12\.0 or newer/),
  ]);
});

it('lists the commands when a command is unknown', async () => {
  const { code, errors } = await run(['dance'], {});
  expect(code).toBe(1);
  expect(errors).toEqual([
    expect.stringMatching(/^shoal: there is no command "dance": .*start, test, .*kind:up/),
  ]);
});

it('starts a command without nats-server when it needs none', async () => {
  const { code, errors } = await run(['load', '--help'], { NATS_SERVER: '/nowhere' });
  expect(errors).toEqual([]);
  expect(code).toBe(0);
});
