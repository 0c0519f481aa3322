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
import { makeCertificate } from '../containers/src/secrets.ts';
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

const MAX_CONNECTIONS = 500;
const LARGE = 'x'.repeat(4 * 1024 * 1024);

const envoy = findProgram('envoy');
const here = (port: number): Address => ({ socket_address: { address: HOST, port_value: port } });

/** Returns envoy.yaml with other ports and paths. */
function relocated(
  listen: Record<string, number>,
  admin: number,
  frontends: number[],
  folder: string,
): string {
  const file = readFileSync(path.join(import.meta.dirname, 'envoy.yaml'), 'utf8');
  // Silences the warning about Envoy's tag for shared anchors.
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

describe.skipIf(!envoy)('Envoy in front of the frontends (if envoy is installed)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'shoal-edge-'));
  const frontends: Server[] = [];
  const ready = [true, true];
  let child: ChildProcess;
  let edge: string;
  let metrics: string;

  /** Responds with its index, the URL and the length of the body. */
  const frontend =
    (index: number): RequestListener =>
    async (received, response) => {
      const { url } = received;
      if (url === '/readyz') {
        response.writeHead(ready[index] ? 200 : 503).end();
        return;
      }
      const { length } = await text(received);
      response.end(url === '/api/large' ? LARGE : JSON.stringify({ index, url, length }));
    };

  const status = (raw: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(edge);
      // Not fetch, which would normalize the path.
      request({ hostname, port, path: raw, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });
  const healthy = async (): Promise<number> => {
    const text = await (await fetch(`${metrics}/stats/prometheus`)).text();
    return Number(
      /^envoy_cluster_membership_healthy\{envoy_cluster_name="frontends"\} (\d+)/m.exec(text)?.[1],
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
    writeFileSync(file, relocated({ http, https, metrics: own }, admin, ports, folder));
    const quiet = ['--disable-hot-restart', '--log-level', 'off'];
    child = spawn(envoy!, ['-c', file, '--concurrency', '1', ...quiet], { stdio: 'ignore' });
    edge = `http://${HOST}:${http}`;
    metrics = `http://${HOST}:${own}`;
    await until('both frontends are healthy', async () => (await healthy()) === 2, 15_000);
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
  ])('responds 404 to operator paths: %s', async (requested) => {
    expect(await status(requested)).toBe(404);
  });

  it.each(['/', '/healthz', '/api/search?q=metrics', '/api/documents/metrics', '/metricsystem'])(
    'forwards all other paths: %s',
    async (requested) => {
      expect(await status(requested)).toBe(200);
    },
  );

  it('streams bodies larger than its buffers in both directions', async () => {
    const written = await fetch(`${edge}/api/documents/large`, { method: 'PUT', body: LARGE });
    expect(await written.json()).toMatchObject({ length: LARGE.length });
    expect((await (await fetch(`${edge}/api/large`)).text()).length).toBe(LARGE.length);
  });

  it('limits connections and still serves metrics', async () => {
    const { hostname, port } = new URL(edge);
    const sockets: Socket[] = Array.from({ length: MAX_CONNECTIONS + 50 }, () =>
      connect(Number(port), hostname),
    );
    let closed = 0;
    for (const socket of sockets)
      socket
        .on('close', () => closed++)
        .on('error', () => {})
        .resume();
    await until('excess connections are closed', () => closed >= 50, 10_000);
    expect(await healthy()).toBe(2);
    expect(closed).toBeLessThan(100);
    for (const socket of sockets) socket.destroy();
    await until(
      'connections are accepted again',
      async () => (await status('/healthz').catch(() => 0)) === 200,
      10_000,
    );
  });

  it('sends nothing to unhealthy frontends, even if all are unhealthy', async () => {
    ready[0] = false;
    await until('Envoy has noticed', async () => (await healthy()) === 1, 10_000);
    for (let i = 0; i < 20; i++)
      expect(await (await fetch(`${edge}/api/search?q=${i}`)).json()).toMatchObject({ index: 1 });
    ready[1] = false;
    await until('Envoy has noticed', async () => (await healthy()) === 0, 10_000);
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
