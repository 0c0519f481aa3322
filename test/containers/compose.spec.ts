import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { ClusterView, SearchAnswer } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../deploy/local/src/ports.ts';
import { until } from '../cluster/until.ts';

const START_MS = 240_000;
const PROJECT = 'shoal-spec';
const file = path.resolve(import.meta.dirname, '../../deploy/compose/core.yaml');
const [port, tlsPort] = await freePorts(2);
const edge = `http://127.0.0.1:${port}`;
/** Ours alone: no documents but what a test writes. */
const env = {
  ...process.env,
  SHOAL_PORT: String(port),
  SHOAL_TLS_PORT: String(tlsPort),
  SHOAL_CORPUS: 'none',
};

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('docker', args, { env });
  return stdout.trim();
}

const compose = (...args: string[]): Promise<string> => docker('compose', '-p', PROJECT, '-f', file, ...args);

/** How often Docker has started a container again, and its health. */
const stateOf = (container: string): Promise<string> =>
  docker('inspect', '-f', '{{.RestartCount}} {{.State.Health.Status}}', `${PROJECT}-${container}`);

const hasDocker = (): boolean => {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' });
    execFileSync('docker', ['info'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

async function search(words: string): Promise<SearchAnswer> {
  const response = await fetch(`${edge}/api/search?q=${encodeURIComponent(words)}`);
  expect(response.status).toBe(200);
  return (await response.json()) as SearchAnswer;
}

const view = async (): Promise<ClusterView> =>
  (await (await fetch(`${edge}/api/cluster`)).json()) as ClusterView;
const readyReplicas = ({ shards }: ClusterView): number =>
  shards.flatMap(({ replicas }) => replicas).filter(({ state }) => state === 'ready').length;

/** Gives all processes other settings, as config-sync does. */
function change(settings: object): Promise<string> {
  const write = `fs.writeFileSync('/settings/settings.json', '${JSON.stringify(settings)}')`;
  return compose('exec', '-T', 'config-sync', 'node', '-e', write);
}

/** Searches until told to stop; every answer must be whole. @returns how many there were */
async function searchWhile(work: () => Promise<unknown>): Promise<number> {
  const stopped = new AbortController();
  let answers = 0;
  const searching = (async () => {
    while (!stopped.signal.aborted) {
      // Another one each time: none is answered from a cache.
      const { coverage } = await search(`herring ${answers}`);
      expect(coverage.degraded).toBe(false);
      answers++;
    }
  })();
  try {
    await work();
  } finally {
    stopped.abort();
    await searching;
  }
  return answers;
}

describe.skipIf(!hasDocker())('docker compose up (skipped where there is no Docker)', () => {
  let key: string;

  const put = (id: string, title: string): Promise<Response> =>
    fetch(`${edge}/api/documents/${id}?wait=searchable`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ title, text: title }),
    });

  beforeAll(async () => {
    await compose('up', '-d', '--build');
    await until('all replicas are ready', async () => readyReplicas(await view()) === 8, START_MS);
    key = await compose('exec', '-T', 'frontend-0', 'cat', '/secrets/api-key/api-key');
  }, START_MS);
  afterAll(() => compose('down', '-v', '-t', '5'), START_MS);

  it('finds a document that was written through Envoy with the key, and takes none without', async () => {
    const { status } = await fetch(`${edge}/api/documents/none`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"title": "none", "text": "none"}',
    });
    expect(status).toBe(401);
    expect((await put('first', 'a first herring')).status).toBe(200);
    expect((await search('first')).hits.map(({ id }) => id)).toEqual(['first']);
  });

  it('goes on without a degraded answer when a shard and then a NATS server is killed', async () => {
    const answers = await searchWhile(async () => {
      // All processes of the container but its first: what a crash is. The exec may end with it.
      await compose('exec', '-T', '--index', '1', 'shard', 'bash', '-c', 'kill -9 -1').catch(() => {});
      await until('it is there again', async () => (await stateOf('shard-1')) === '1 healthy', 60_000);
      await until('all replicas are ready', async () => readyReplicas(await view()) === 8, 60_000);
      await compose('kill', 'nats-1');
      const response = await until(
        'a write is taken again',
        async () => {
          const written = await put('late', 'a late herring');
          return written.status === 200 && written;
        },
        60_000,
      );
      expect(response.status).toBe(200);
      expect((await search('late')).hits.map(({ id }) => id)).toEqual(['late']);
    });
    expect(answers).toBeGreaterThan(10);
  }, 120_000);

  it('has a root back at its ambassador after it crashed, and no search missed it', async () => {
    const answers = await searchWhile(async () => {
      await compose('exec', '-T', 'root-0', 'bash', '-c', 'kill -9 -1').catch(() => {});
      await until('it is there again', async () => (await stateOf('root-0-1')) === '1 healthy', 60_000);
    });
    expect(answers).toBeGreaterThan(10);
  }, 90_000);

  it('loses no request while a frontend is stopped in order', async () => {
    const answers = await searchWhile(() => compose('stop', 'frontend-0'));
    expect(answers).toBeGreaterThan(10);
  }, 60_000);

  it('counts the requests of a client by the address it has, whatever addresses it says itself', async () => {
    await change({ SHOAL_RATE_LIMIT: 5 });
    try {
      let asked = 0;
      const rejected = await until('one is rejected', async () => {
        const headers = { 'x-forwarded-for': `10.1.${asked >> 8}.${asked++ & 255}` };
        const response = await fetch(`${edge}/api/cluster`, { headers });
        return response.status === 429 && response;
      });
      expect(rejected.headers.get('retry-after')).toBe('1');
    } finally {
      await change({});
    }
  });

  it('ends a process that still waits for NATS as soon as it is told to, also as the first of its container', async () => {
    const id = await docker('run', '-d', '--network', 'none', 'shoal:0.1.0', 'shard.js');
    try {
      await until('it starts', async () => (await docker('logs', id)).includes('Starting'));
      await docker('stop', '-t', '20', id);
      expect(await docker('inspect', '-f', '{{.State.ExitCode}}', id)).toBe('143');
    } finally {
      await docker('rm', '-f', id);
    }
  });
});
