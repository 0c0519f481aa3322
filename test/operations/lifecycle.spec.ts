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

/** Starts one that must fail. @returns its one line on stderr that is not progress */
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
  it.each(['SIGINT', 'SIGTERM'] as const)('ends every process within 5 s of %s', async (signal) => {
    const cluster = await start({ shards: 2, replicas: 2, frontends: 2, roots: 2, indexers: 2 });
    const { processes } = cluster;
    expect(processes).toHaveLength(11);
    const began = performance.now();
    cluster.supervisor.kill(signal);
    expect(await cluster.ended()).toBe(0);
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('ends within 5 s although processes of it are paused', async () => {
    const cluster = await start({ shards: 2 });
    const { processes } = cluster;
    for (const name of ['shard-0', 'frontend-0', 'nats-0']) cluster.signal(name, 'SIGSTOP');
    const began = performance.now();
    cluster.supervisor.kill('SIGINT');
    await cluster.ended();
    expect(performance.now() - began).toBeLessThan(STOP_MS);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('has frontends that end although somebody keeps asking over a connection that is kept alive', async () => {
    const cluster = await start();
    const { api } = cluster;
    const keepAsking = async () => {
      for (;;) await api.fetch('/healthz');
    };
    const visitor = keepAsking().catch((error: unknown) => String(error));
    const pid = cluster.signal('frontend-0', 'SIGTERM');
    // Its own grace for requests would be no help: the next one always comes before the connection is idle for long, and after 25 s it is cut off.
    await until('the frontend has ended', () => !isAlive(pid), 10_000);
    expect(await visitor).toContain('fetch failed');
  });

  it('has frontends that accept connections for a while after they say that they are unready, when told so', async () => {
    const cluster = await start({ env: { SHOAL_CLOSE_DELAY_MS: '3000' } });
    const { url } = cluster.process('frontend-0');
    const pid = cluster.signal('frontend-0', 'SIGTERM');
    await until('it is unready', async () => (await fetch(`${url}/readyz`)).status === 503);
    // The first one on the shared port, so over a new connection.
    expect((await cluster.api.fetch('/healthz')).status).toBe(200);
    expect(isAlive(pid)).toBe(true);
  });

  it('finds its documents at the next start, without loading them again', async () => {
    const data = folder();
    const corpus = path.join(data, 'corpus.jsonl');
    const lines = Array.from({ length: 300 }, (_, at) =>
      JSON.stringify({ id: `c${at}`, title: `Title ${at}`, text: 'kept' }),
    );
    writeFileSync(corpus, lines.join('\n'));
    const first = await start({ data, corpus });
    expect(first.output).toMatch(/300 documents loaded/);
    // One that is only accepted may be found a moment after the next start.
    await first.api.put('added', { title: 'Added', text: 'kept' }, '?wait=searchable');
    await first.stop();

    const second = await start({ data, corpus });
    expect(second.output).not.toMatch(/loading/);
    expect((await second.api.search('kept')).total.value).toBe(301);
    expect((await second.api.get('added')).body).toMatchObject({ title: 'Added' });
  });

  it('leaves no process of ours behind when its supervisor is killed, and starts again on the same folder', async () => {
    const data = folder();
    const first = await start({ data });
    await first.api.put('kept', { title: 'Kept', text: 'survivor' }, '?wait=searchable');
    const { processes } = first;
    first.supervisor.kill('SIGKILL');
    const ours = processes.filter(({ role }) => role !== 'nats');
    await until('all of ours have ended', () => ours.every(({ pid }) => !isAlive(pid)), STOP_MS);

    const second = await start({ data });
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(await second.api.found('survivor')).toEqual(['kept']);
  });
});

describe('a start that cannot succeed says why in one line and leaves nothing running:', () => {
  it('the port is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await until('it listens', () => server.listening);
    const { port } = server.address() as AddressInfo;
    expect(await failing({ port })).toMatch(new RegExp(`^shoal: port ${port} is in use.*--port`));
  });

  it('the data folder cannot be written', async () => {
    expect(await failing({ data: '/proc/shoal' })).toMatch(
      /^shoal: the data folder .* cannot be written.*--data/,
    );
  });

  it('the data folder is a file', async () => {
    const file = path.join(folder(), 'file');
    writeFileSync(file, '');
    expect(await failing({ data: file })).toMatch(/^shoal: the data folder .* cannot be written.*--data/);
  });

  it('another run uses the data folder, which goes on undisturbed', async () => {
    const first = await start();
    await expect(failingBeside(first)).resolves.toMatch(
      /^shoal: the data folder .* is in use by process \d+.*--data/,
    );
    expect((await first.api.search('anything')).coverage.degraded).toBe(false);
  });

  it('the data folder was made for another number of partitions', async () => {
    const data = folder();
    await (await start({ data, partitions: 8 })).stop();
    expect(await failing({ data, partitions: 16 })).toMatch(/^shoal: .* was made with --partitions 8/);
  });

  it('the nats-server does not start', async () => {
    const broken = path.join(folder(), 'nats-server');
    writeFileSync(broken, '#!/bin/sh\necho "this machine has no luck" >&2\nexit 1\n');
    chmodSync(broken, 0o755);
    const line = await failing({ env: { NATS_SERVER: broken } });
    expect(line).toMatch(/^shoal: nats-0 does not start.*no luck/);
  });

  it.each([
    ['LOG_LEVEL', 'bogus', /LOG_LEVEL is "bogus"; it must be one of trace, debug, info/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', '127.0.0.1:9999', /OTEL_EXPORTER_OTLP_ENDPOINT must be a URL/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'nonsense', /OTEL_EXPORTER_OTLP_TRACES_ENDPOINT must be a URL/],
  ])('%s=%s', async (name, value, reason) => {
    const line = await failing({ env: { [name]: value } });
    expect(line).toMatch(/^shoal: /);
    expect(line).toMatch(reason);
  });

  it.each([
    [{ shards: 0 }, /--shards must be a whole number/],
    [{ shards: 4, members: 3 }, /--members 3 are too few for --shards 4/],
    [{ nats: 2 }, /--nats must be 1 or 3/],
    [{ corpus: '/nowhere.jsonl' }, /nowhere\.jsonl/],
    [{ 'no-such-option': '1' }, /no-such-option/],
  ])('%j', async (options, reason) => {
    const line = await failing(options as ClusterOptions);
    expect(line).toMatch(/^shoal: /);
    expect(line).toMatch(reason);
  });
});

/** A second start on the folder of one that runs. */
async function failingBeside(running: Cluster): Promise<string> {
  const second = launch({ data: running.data });
  started.push(second);
  expect(await second.ended()).not.toBe(0);
  return second.errors.trim();
}
