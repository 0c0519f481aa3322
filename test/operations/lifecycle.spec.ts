import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Cluster, type ClusterOptions, launch, startCluster } from '../cluster/cluster.ts';
import { isAlive } from '../cluster/running-cluster.ts';
import { until } from '../cluster/until.ts';

const STOP_MS = 5_000;

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), 'shoal-test-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const started: Cluster[] = [];
afterEach(() => Promise.all(started.splice(0).map((cluster) => cluster.stop())));

async function start(options?: ClusterOptions): Promise<Cluster> {
  const cluster = await startCluster(options);
  started.push(cluster);
  return cluster;
}

/** Starts a cluster that must fail. @returns its only line on stderr that is not progress */
async function failing(options: ClusterOptions): Promise<string> {
  const cluster = launch(options);
  started.push(cluster);
  expect(await cluster.ended()).not.toBe(0);
  expect(cluster.processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  const lines = cluster.errors.split('\n').filter((text) => text !== '' && !/^ *\d+\.\d s /.test(text));
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

describe('a cluster', () => {
  it('ends every process within 5 s of SIGINT', async () => {
    const cluster = await start({ shards: 2, replicas: 2, frontends: 2, roots: 2, indexers: 2 });
    const { processes } = cluster;
    expect(processes).toHaveLength(11);
    const began = performance.now();
    cluster.supervisor.kill('SIGINT');
    expect(await cluster.ended()).toBe(0);
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('ends within 5 s of SIGTERM when processes are paused', async () => {
    const cluster = await start({ shards: 2 });
    const { processes } = cluster;
    for (const name of ['shard-0', 'frontend-0', 'nats-0']) cluster.signal(name, 'SIGSTOP');
    const began = performance.now();
    cluster.supervisor.kill('SIGTERM');
    await cluster.ended();
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('keeps documents and rejects a second start on its folder', async () => {
    const data = folder();
    const corpus = path.join(data, 'corpus.jsonl');
    const lines = Array.from({ length: 300 }, (_, at) =>
      JSON.stringify({ id: `c${at}`, title: `Title ${at}`, text: 'kept' }),
    );
    writeFileSync(corpus, lines.join('\n'));
    const first = await start({ data, corpus, partitions: 8 });
    expect(first.output).toMatch(/300 documents loaded/);
    // A document that is only accepted may become searchable a moment after the next start.
    await first.api.put('added', { title: 'Added', text: 'kept' }, '?wait=searchable');

    const beside = launch({ data });
    started.push(beside);
    expect(await beside.ended()).not.toBe(0);
    expect(beside.errors.trim()).toMatch(/^shoal: the data folder .* is in use by process \d+.*--data/);
    expect((await first.api.search('anything')).coverage.degraded).toBe(false);

    await first.stop();
    expect(await failing({ data, partitions: 16 })).toMatch(/^shoal: .* was made with --partitions 8/);

    const second = await start({ data, corpus, partitions: 8 });
    expect(second.output).not.toMatch(/loading/);
    expect((await second.api.search('kept')).total.value).toBe(301);
    expect((await second.api.get('added')).body).toMatchObject({ title: 'Added' });
  });

  it('leaves no process behind when its supervisor is killed, and starts again', async () => {
    const data = folder();
    const first = await start({ data });
    await first.api.put('kept', { title: 'Kept', text: 'survivor' }, '?wait=searchable');
    const { processes } = first;
    first.supervisor.kill('SIGKILL');
    const ours = processes.filter(({ role }) => role !== 'nats');
    await until('all processes have ended', () => ours.every(({ pid }) => !isAlive(pid)), STOP_MS);

    const second = await start({ data });
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await second.api.found('survivor')).toEqual(['kept']);
  });
});

describe('a frontend that receives SIGTERM', () => {
  it('accepts connections for SHOAL_CLOSE_DELAY_MS, then ends despite a busy client', async () => {
    const cluster = await start({ env: { SHOAL_CLOSE_DELAY_MS: '3000' } });
    const { api } = cluster;
    const { url } = cluster.process('frontend-0');
    const pid = cluster.signal('frontend-0', 'SIGTERM');
    await until('it is unready', async () => (await fetch(`${url}/readyz`)).status === 503);
    // The first request on the shared port, which opens a new connection.
    expect((await api.fetch('/healthz')).status).toBe(200);
    expect(isAlive(pid)).toBe(true);
    const keepAsking = async () => {
      for (;;) await api.fetch('/healthz');
    };
    const client = keepAsking().catch((error: unknown) => String(error));
    // The grace for requests alone would not end it: the next request always comes before the connection is idle.
    await until('the frontend has ended', () => !isAlive(pid), 13_000);
    expect(await client).toContain('fetch failed');
  });
});

describe('a start that fails', () => {
  it('reports a port in use in one line', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until('it listens', () => server.listening);
    const { port } = server.address() as AddressInfo;
    expect(await failing({ port })).toMatch(new RegExp(`^shoal: port ${port} is in use.*--port`));
  });

  it('reports a data folder that cannot be written', async () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    expect(await failing({ data: file })).toMatch(/^shoal: the data folder .* cannot be written.*--data/);
  });

  it('reports a nats-server that ends, with its own message', async () => {
    const broken = path.join(folder(), 'nats-server');
    writeFileSync(broken, '#!/bin/sh\necho "this machine has no luck" >&2\nexit 1\n');
    chmodSync(broken, 0o755);
    const line = await failing({ env: { NATS_SERVER: broken } });
    expect(line).toMatch(/^shoal: nats-0 does not start.*no luck/);
  });

  it('reports a setting that a process rejects', async () => {
    const line = await failing({ env: { LOG_LEVEL: 'bogus' } });
    expect(line).toMatch(/^shoal: .*LOG_LEVEL is "bogus"; it must be one of trace, debug, info/);
  });

  it('reports a corpus that cannot be read', async () => {
    expect(await failing({ corpus: '/nowhere.jsonl' })).toMatch(/^shoal: .*nowhere\.jsonl/);
  });

  it('reports an option with an invalid value', async () => {
    expect(await failing({ shards: 0 })).toMatch(/^shoal: .*--shards must be a whole number/);
  });
});
