import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fakeProgram } from '../../test/cluster/fake-program.ts';
import { freePorts } from '../local/src/ports.ts';
import { up } from './up.ts';

/** A Docker that keeps what it was called with, and answers from its environment. */
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
  const said: string[] = [];
  await up(args, (text) => said.push(text));
  return said;
}

describe('compose:up', () => {
  it('starts with what it was given, waits for the loader, and says what of it can be opened', async () => {
    vi.stubEnv('SHOAL_PORT', '8090');
    vi.stubEnv('RUNNING', 'shard\nenvoy');
    const said = await start('--scale', 'shard=10');
    expect(readFileSync(calls, 'utf8')).toContain('compose up -d --scale shard=10\n');
    expect(said).toContainEqual(expect.stringMatching(/^http:\/\/127\.0\.0\.1:8090 +the page and the API$/));
    expect(said.filter((line) => line.includes('Grafana'))).toEqual([]);
  });

  it.each([
    ['2.23.3', /^Compose 2\.23\.3 is too old: Shoal needs 2\.24 or newer/],
    ['1.29.2', /^Compose 1\.29\.2 is too old/],
    ['', /^Docker has no Compose: Shoal needs 2\.24 or newer/],
  ])('does not begin with Compose "%s"', async (version, message) => {
    vi.stubEnv('COMPOSE', version);
    await expect(start()).rejects.toThrow(message);
  });

  it.each(['2.24.0', 'v2.40.1', '5.0.0-desktop.1'])('begins with Compose %s', async (version) => {
    vi.stubEnv('COMPOSE', version);
    await expect(start()).resolves.toBeDefined();
  });

  it('says how much memory the files ask for when there is less', async () => {
    vi.stubEnv('MEMORY', '2000000000');
    await expect(start()).rejects.toThrow(/^Docker has 2000 MB .* needs 2600: .*compose:up -- --core\)$/);
  });

  it('names a port that somebody else has, but not one that it has itself', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    vi.stubEnv('SHOAL_GRAFANA_PORT', String((taken.address() as AddressInfo).port));
    await expect(start()).rejects.toThrow(/cannot be had .*SHOAL_GRAFANA_PORT=\d+ npm run compose:up$/);
    vi.stubEnv('RUNNING', 'grafana');
    await expect(start()).resolves.toBeDefined();
  });

  it('fails when the loader does', async () => {
    vi.stubEnv('LOADER', 'exited 1');
    await expect(start()).rejects.toThrow(/^the loader is not done: docker compose logs loader/);
  });
});
