import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type RequestListener, type Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { until } from '../../test/cluster/until.ts';
import { makeCertificate } from '../containers/src/certificate.ts';
import { findProgram } from '../local/src/observe/programs.ts';
import { freePorts, HOST } from '../local/src/ports.ts';

interface Address {
  socket_address: { address: string; port_value: number };
}
interface Configuration {
  shared?: unknown;
  static_resources: {
    listeners: { name: string; address: Address }[];
    clusters: {
      name: string;
      load_assignment: { endpoints: [{ lb_endpoints: { endpoint: { address: Address } }[] }] };
    }[];
  };
  admin: { address: Address };
}

const MOST_CONNECTIONS = 500;
const LARGE = 'x'.repeat(4 * 1024 * 1024);

const envoy = findProgram('envoy');
const here = (port: number): Address => ({ socket_address: { address: HOST, port_value: port } });

/** envoy.yaml as it is, but for places. */
function movedTo(listen: Record<string, number>, admin: number, frontends: number[], folder: string): string {
  const file = readFileSync(path.join(import.meta.dirname, 'envoy.yaml'), 'utf8');
  // It does not know Envoy's tag for what is only there to be pointed at, and says so.
  const configuration = parse(file.replaceAll('/secrets/', `${folder}/`), {
    logLevel: 'error',
  }) as Configuration;
  const { listeners, clusters } = configuration.static_resources;
  for (const listener of listeners) listener.address = here(listen[listener.name]!);
  const ports: Record<string, number[]> = { frontends, admin: [admin], sidecar: [9] };
  for (const { name, load_assignment } of clusters)
    load_assignment.endpoints[0].lb_endpoints = ports[name]!.map((port) => ({
      endpoint: { address: here(port) },
    }));
  configuration.admin.address = here(admin);
  delete configuration.shared;
  return stringify(configuration);
}

describe.skipIf(!envoy)('Envoy before the frontends (if envoy is there)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-edge-'));
  const frontends: Server[] = [];
  const ready = [true, true];
  let child: ChildProcess;
  let edge: string;
  let metrics: string;

  /** Says who it is, what it was asked for and how much came. */
  const frontend =
    (index: number): RequestListener =>
    async (asked, response) => {
      const { url } = asked;
      if (url === '/readyz') {
        response.writeHead(ready[index] ? 200 : 503).end();
        return;
      }
      const { length } = await text(asked);
      response.end(url === '/api/large' ? LARGE : JSON.stringify({ index, url, length }));
    };

  const status = (raw: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(edge);
      // As it is: fetch would tidy it up.
      request({ hostname, port, path: raw, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  const healthy = async (): Promise<number> => {
    const said = await (await fetch(`${metrics}/stats/prometheus`)).text();
    return Number(
      /^envoy_cluster_membership_healthy\{envoy_cluster_name="frontends"\} (\d+)/m.exec(said)?.[1],
    );
  };

  beforeAll(async () => {
    const [http, https, own, admin, ...ports] = (await freePorts(6)) as [number, number, number, number];
    for (const [index, port] of (ports as number[]).entries()) {
      const server = createServer(frontend(index));
      frontends.push(server.listen(port, HOST));
    }
    const { certificate, key } = await makeCertificate();
    writeFileSync(path.join(folder, 'tls.crt'), certificate);
    writeFileSync(path.join(folder, 'tls.key'), key);
    const file = path.join(folder, 'envoy.yaml');
    writeFileSync(file, movedTo({ http, https, metrics: own }, admin, ports, folder));
    const quiet = ['--disable-hot-restart', '--log-level', 'off'];
    child = spawn(envoy!, ['-c', file, '--concurrency', '1', ...quiet], { stdio: 'ignore' });
    edge = `http://${HOST}:${http}`;
    metrics = `http://${HOST}:${own}`;
    await until('both frontends are known to be well', async () => (await healthy()) === 2, 15_000);
  });
  afterAll(async () => {
    if (child) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const server of frontends) {
      server.closeAllConnections();
      server.close();
    }
    rmSync(folder, { recursive: true });
  });

  it.each([
    '/metrics',
    '/METRICS',
    '/metrics/',
    '//metrics',
    '/./metrics',
    '/metrics?x=1',
    '/readyz',
    '/Readyz/',
  ])('keeps to itself what is for who runs the cluster: %s', async (asked) => {
    expect(await status(asked)).toBe(404);
  });

  it.each(['/', '/healthz', '/api/search?q=metrics', '/api/documents/metrics', '/metricsystem'])(
    'passes on everything else: %s',
    async (asked) => {
      expect(await status(asked)).toBe(200);
    },
  );

  it('lets pass what is much larger than its buffers, both ways', async () => {
    const written = await fetch(`${edge}/api/documents/large`, { method: 'PUT', body: LARGE });
    expect(await written.json()).toMatchObject({ length: LARGE.length });
    expect((await (await fetch(`${edge}/api/large`)).text()).length).toBe(LARGE.length);
  });

  it('has no more connections than its memory is for, and tells its metrics all the same', async () => {
    const { hostname, port } = new URL(edge);
    const sockets: Socket[] = Array.from({ length: MOST_CONNECTIONS + 50 }, () =>
      connect(Number(port), hostname),
    );
    let closed = 0;
    for (const socket of sockets)
      socket
        .on('close', () => closed++)
        .on('error', () => {})
        .resume();
    await until('who is too much is sent away', () => closed >= 50, 10_000);
    expect(await healthy()).toBe(2);
    expect(closed).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
    await until('there is room again', async () => (await status('/healthz').catch(() => 0)) === 200, 10_000);
  });

  it('gives a frontend that is not well nothing, even when it is every second one, or each of them', async () => {
    ready[0] = false;
    await until('it is noticed', async () => (await healthy()) === 1, 10_000);
    for (let i = 0; i < 20; i++)
      expect(await (await fetch(`${edge}/api/search?q=${i}`)).json()).toMatchObject({ index: 1 });
    ready[1] = false;
    await until('it is noticed', async () => (await healthy()) === 0, 10_000);
    const none = await fetch(`${edge}/api/search?q=none`);
    expect([none.status, none.headers.get('content-type'), none.headers.get('retry-after')]).toEqual([
      503,
      'application/problem+json',
      '1',
    ]);
    expect(await none.json()).toMatchObject({
      status: 503,
      detail: expect.stringContaining('try again') as string,
    });
  });
});
