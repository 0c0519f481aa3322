import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeProgram } from '../../test/cluster/stand-ins.ts';
import { freePorts } from '../local/src/ports.ts';
import { up } from './up.ts';

/** A fake Docker that records its calls and responds from the environment. */
const DOCKER = `echo "$*" >> "$CALLS"
case $* in
  'compose version --short') [[ $COMPOSE ]] && echo "$COMPOSE" || exit 1 ;;
  'compose config'*) echo '{"services": {"secrets": {"environment": {"SHOAL_NEEDS_MB": "2600"}}, "envoy": {}, "grafana": {}}}' ;;
  'compose ps --services'*) echo "$RUNNING" ;;
  'compose ps --all --quiet loader') echo a1b2 ;;
  info*) echo "$MEMORY" ;;
  inspect*) echo "$LOADER" ;;
  *) echo 29.1.0 ;;
esac`;

let calls: string;
beforeEach(async () => {
  calls = path.join(fakeProgram('docker', DOCKER), 'calls');
  const [edge, tls, grafana] = await freePorts(3);
  const env = {
    CALLS: calls,
    COMPOSE: 'v2.40.1',
    MEMORY: '8000000000',
    LOADER: 'exited 0',
    RUNNING: '',
    SHOAL_PORT: String(edge),
    SHOAL_TLS_PORT: String(tls),
    SHOAL_GRAFANA_PORT: String(grafana),
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
});

async function start(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  await up(args, (line) => lines.push(line));
  return lines;
}

describe('compose:up', () => {
  it('passes arguments on, waits for the loader and prints addresses', async () => {
    vi.stubEnv('SHOAL_PORT', '8090');
    vi.stubEnv('RUNNING', 'shard\nenvoy');
    const lines = await start('--scale', 'shard=10');
    expect(readFileSync(calls, 'utf8')).toContain('compose up -d --scale shard=10\n');
    expect(lines).toContainEqual(
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:8090 +the console and the API$/),
    );
    expect(lines.filter((line) => line.includes('Grafana'))).toEqual([]);
  });

  it.each([
    ['2.23.3', /^Compose 2\.23\.3 is too old: Shoal needs 2\.24 or newer/],
    ['1.29.2', /^Compose 1\.29\.2 is too old/],
    ['', /^Docker has no Compose: Shoal needs 2\.24 or newer/],
  ])('fails with Compose "%s"', async (version, message) => {
    vi.stubEnv('COMPOSE', version);
    await expect(start()).rejects.toThrow(message);
  });

  it.each(['2.24.0', 'v2.40.1', '5.0.0-desktop.1'])('starts with Compose %s', async (version) => {
    vi.stubEnv('COMPOSE', version);
    await expect(start()).resolves.toBeDefined();
  });

  it('fails when Docker has less memory than the files need', async () => {
    vi.stubEnv('MEMORY', '2000000000');
    await expect(start()).rejects.toThrow(/^Docker has 2000 MB .* needs 2600: .*compose:up -- --core\)$/);
  });

  it('fails on a port in use, except by its own service', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    vi.stubEnv('SHOAL_GRAFANA_PORT', String((taken.address() as AddressInfo).port));
    await expect(start()).rejects.toThrow(/is not available .*SHOAL_GRAFANA_PORT=\d+ npm run compose:up$/);
    vi.stubEnv('RUNNING', 'grafana');
    await expect(start()).resolves.toBeDefined();
  });

  it('fails when the loader fails', async () => {
    vi.stubEnv('LOADER', 'exited 1');
    await expect(start()).rejects.toThrow(/^the loader did not finish: see docker compose logs loader/);
  });
});
